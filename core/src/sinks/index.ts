export { httpSink, type HttpSinkOptions } from './http.ts'
