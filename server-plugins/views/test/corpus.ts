/** What somebody hostile may have a machine say, or type into a form. */
export const corpus = [
  '<img src=x onerror=alert(1)>', '"><script>alert(1)</script>', '<%= process.exit() %>', '=cmd|\'/C calc\'!A0', 'a\u0001\u001b[31m\u007f',
  '\u202eevil\u2066', `${'w'.repeat(100)}`, '{{7*7}}', '\' onmouseover=alert(1) x=\'', 'javascript:alert(1)', '\u202e\u202e\u202eabc', 'a\r\nSet-Cookie: x=1', '+1+1', '-2+3', '@SUM(A1)', '\t=1+1', '%00%0a'
]
