/** Its own declarations are not where its manifest says. Both packages have the same interface. */
declare module 'onnxruntime-node' {
  export { InferenceSession, Tensor } from 'onnxruntime-web';
}
