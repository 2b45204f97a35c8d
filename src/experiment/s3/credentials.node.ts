import { StoreError } from '../store-error';

/** Who asks an S3 server. */
export interface S3Credentials {
  /** The key's name. */
  readonly accessKeyId: string;
  /** The key itself. */
  readonly secretAccessKey: string;
  /** Of credentials for some time. */
  readonly sessionToken?: string;
  /** Until when they hold; default: for ever. */
  readonly expiration?: Date;
}

/** Credentials, or a function that gets them: it is asked again shortly before they expire. */
export type S3CredentialsSource = S3Credentials | (() => Promise<S3Credentials>);

const RENEWED_BEFORE_MS = 5 * 60_000;

/** Keeps credentials as long as they hold. @throws StoreError where there are none */
export function credentialsOf(store: string, given?: S3CredentialsSource): () => Promise<S3Credentials> {
  if (!given) {
    const found = fromEnvironment(store);
    return async () => found;
  }
  if (typeof given !== 'function') return async () => given;
  let last: Promise<S3Credentials> | undefined;
  let until = Number.NEGATIVE_INFINITY;
  return async () => {
    if (!last || Date.now() > until - RENEWED_BEFORE_MS) {
      last = given();
      until = Number.POSITIVE_INFINITY;
      last.catch(() => {
        last = undefined;
      });
      until = (await last).expiration?.getTime() ?? until;
    }
    return last;
  };
}

function fromEnvironment(store: string): S3Credentials {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) {
    const remedy =
      'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give experiment.s3Store its credentials';
    throw new StoreError(store, 'refused', `there are no credentials for it; ${remedy}`);
  }
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
  };
}
