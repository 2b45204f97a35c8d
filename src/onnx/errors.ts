import { TaskgradError } from '../../runtime/errors';

/** A network that cannot be written as an ONNX file. */
export class OnnxError extends TaskgradError {
  constructor(message: string) {
    super('ONNX', `exportOnnx: ${message}`);
  }
}
