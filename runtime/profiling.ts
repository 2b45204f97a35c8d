/** The public `profiling`: what can be made of a profile that `gpu.profile` took. */
export { type ChromeTrace, chromeTrace, type TraceEvent } from './chrome-trace';
export {
  type CpuSpan,
  compare,
  type GpuSpan,
  type Grouping,
  type KernelCalls,
  type Limits,
  type Profile,
  type ProfileDifference,
  type ProfileRow,
  summarize,
} from './profile';
export type { Phase, SpanKind } from './tags';
