import { openCommand, type Send } from './connection';
import { FileButton } from './file-button';
import { Button } from './parts';
import type { Failure } from './protocol';

const LACKS: Record<NonNullable<Failure['lacks']>, string> = {
  browser: 'This browser offers no WebGPU. ',
  adapter: 'This browser has WebGPU, but found no graphics card for it. ',
  device: 'The graphics card refused to be opened. ',
};

/** What went wrong, and what to do about it. */
export function Trouble({ failure, send }: { failure: Failure; send: Send }) {
  const { kind, lacks, message, advice } = failure;
  return (
    <div class="failure" role="alert">
      <p>
        <b>{lacks && LACKS[lacks]}</b>
        {message} {advice}
      </p>
      {kind === 'engine' && (
        <div class="buttons">
          <Button primary onClick={() => location.reload()}>
            Load the page again
          </Button>
        </div>
      )}
      {kind === 'no-webgpu' && lacks !== 'browser' && (
        <div class="buttons">
          <Button onClick={() => send(openCommand())}>Try again</Button>
        </div>
      )}
      {kind === 'data' && (
        <div class="buttons">
          <Button primary onClick={() => send(openCommand())}>
            Try again
          </Button>
          <FileButton accept=".gz,.idx,*" multiple onFiles={(files) => send({ ...openCommand(), files })}>
            Choose the MNIST files
          </FileButton>
        </div>
      )}
    </div>
  );
}
