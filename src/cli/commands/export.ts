import { Command } from 'commander';
import { writeFileAtomic } from '../../data/files.node';
import { load } from '../../nas/models.node';
import { openGpu } from '../../node';
import { exportOnnx } from '../../onnx/export';
import { adapterOption, example, jsonOption } from '../options';
import { reporterFor } from '../progress';
import { findNetwork } from '../run-networks';
import type { CommonOptions } from '../session';

interface ExportOptions extends Pick<CommonOptions, 'adapter' | 'json'> {
  readonly run: string;
  readonly network: string;
  readonly out: string;
  readonly pixels: boolean;
}

export function exportCommand(): Command {
  return new Command('export')
    .description('Write a network that a run or the demo page has trained as an ONNX file')
    .option('--run <dir>', 'folder of the run', 'runs/quick')
    .requiredOption(
      '--network <name>',
      'which: a name in state/networks or state/finals without its ending, or how it begins, as the hash of a cell; or a file, as the demo page saves it',
    )
    .option('--out <file>', 'file to write', 'net.onnx')
    .option(
      '--pixels',
      'have the file take pixels, bytes from 0 to 255, and see them as the network learnt to',
      false,
    )
    .addOption(adapterOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      example(
        'taskgrad export --run runs/quick --network NN2-task3-seed0 --pixels --out digits.onnx',
        'taskgrad export --network NN2-task3-step400.safetensors --out digits.onnx',
      ),
    )
    .action(exportNetwork);
}

async function exportNetwork({ run, network, out, pixels, adapter, json }: ExportOptions): Promise<void> {
  const { say } = reporterFor({ json });
  const { name, path } = await findNetwork(run, network);
  using gpu = await openGpu({ adapter });
  const { net, about } = await load(gpu, path);
  const { classes, inputShape, mean, std } = about;
  const file = await exportOnnx(net, { input: [1, ...inputShape] }, { classes, mean, std, pixels });
  await writeFileAtomic(out, file);
  const takes = pixels ? 'pixels' : 'normalised images';
  say(
    `${out}: ${name}, ${net.parameterCount()} parameters; from ${takes} [N, ${inputShape.join(', ')}] to logits of ${classes.join(', ')}`,
    { event: 'exported', out, network: name, pixels, inputShape, classes, mean, std },
  );
}
