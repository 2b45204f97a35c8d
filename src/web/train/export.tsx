import type { Send } from '../connection';
import { Button, Card } from '../parts';

/** As what the run's network can be taken away. */
export function Export({ canExport, send }: { canExport: boolean; send: Send }) {
  return (
    <Card
      title="Take it away"
      wide
      note="The network as it is now, for onnxruntime and other programs: it takes pixels from 0 to 255 and gives logits."
    >
      <div class="buttons">
        <Button disabled={!canExport} onClick={() => send({ type: 'onnx' })}>
          Network (ONNX)
        </Button>
      </div>
    </Card>
  );
}
