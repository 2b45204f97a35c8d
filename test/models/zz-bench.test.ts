import { test } from 'vitest';
import { backward } from '../../src/autograd/backward';
import { makeNetwork } from '../../src/models/catalogue';
import { crossEntropy } from '../../src/ops/cross-entropy';
import { SGD } from '../../src/optim/sgd';
import { openGpu } from '../../src/node';
for (const [name, width, batch] of JSON.parse(process.env.BENCH ?? '[]'))
  test(`${name} ${width} ${batch}`, async () => {
    const gpu = await openGpu();
    const net = makeNetwork(gpu, name, { classes: 10, width });
    const opt = new SGD(net.parameters(), { lr: 0.01 });
    const x = gpu.randn([batch, 3, 32, 32], { seed: 1 });
    const y = gpu.tensor(new Int32Array(batch), [batch]);
    for (let i = 0; i < 3; i++) {
      const t = performance.now();
      const loss = gpu.scope(() => { const l = crossEntropy(net.forward(x), y); backward(l); return l; });
      opt.step(); opt.zeroGrad();
      const v = (await loss.data())[0];
      console.log(name, width, batch, 'step', i, ((performance.now() - t) / 1000).toFixed(2), 's loss', v, 'peak MB', gpu.memory().peakBytes >> 20, 'pipelines', gpu.runtime.pipelines?.size);
    }
    gpu.dispose();
  }, 500000);
