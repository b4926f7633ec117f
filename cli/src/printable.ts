/** Text that can't steer a terminal: control characters are visible marks. */
export function printable (text: string): string {
  // eslint-disable-next-line no-control-regex -- what could steer a terminal is what is looked for
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd')
}
