import { StoreError, type StoreTrouble } from '../store-error';

/** What an S3 server said to a request. */
export interface Answer {
  readonly status: number;
  readonly bytes: Uint8Array;
}

const TRANSIENT_STATUS = [408, 425, 429, 500, 502, 503, 504];
/** Codes that pass by themselves: the clock's difference is known once the server has said it. */
const TRANSIENT_CODE = [
  'ConditionalRequestConflict',
  'OperationAborted',
  'RequestTimeout',
  'RequestTimeTooSkewed',
];
const FULL = /quota|storagefull|insufficient(storage|capacity)|toomany(objects|bytes)/i;
const RIGHTS = 'its credentials must allow s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket';

/** The text of an XML element without others in it. */
export const element = (xml: string, name: string): string | undefined =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];

const textOf = ({ bytes }: Answer): string => new TextDecoder().decode(bytes);
/** The server's word for what is wrong, such as 'NoSuchKey'. */
export const codeOf = (answer: Answer): string => element(textOf(answer), 'Code') ?? '';

/** What went wrong, if it is likely to go well another time. */
export function passing(answer: Answer): string | undefined {
  const code = codeOf(answer);
  const isPassing = TRANSIENT_STATUS.includes(answer.status) || TRANSIENT_CODE.includes(code);
  return isPassing ? `status ${answer.status}${code && `, ${code}`}` : undefined;
}

/** An answer that no waiting mends. @param doing as in 'write artefacts/…' */
export function refusal(store: string, doing: string, answer: Answer, stays: string): StoreError {
  const code = codeOf(answer);
  const message = element(textOf(answer), 'Message');
  const said = [`status ${answer.status}`, code, message].filter(Boolean).join(', ');
  const fail = (trouble: StoreTrouble, remedy: string) =>
    new StoreError(store, trouble, `the server refuses to ${doing} (${said}); ${remedy}; ${stays}`);
  if (answer.status === 507 || FULL.test(code)) {
    return fail('full', 'it is full: free some space, by taskgrad store gc for one, and start again');
  }
  if (code === 'NoSuchBucket') return fail('refused', 'make the bucket first, or mend its name');
  if (answer.status === 501) return fail('unfit', 'choose a server that can');
  if (answer.status === 401 || answer.status === 403) return fail('refused', RIGHTS);
  return fail('refused', 'mend the endpoint, the region or the bucket');
}
