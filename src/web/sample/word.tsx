/** Stands over every panel that shows a sample. */
export function SampleWord() {
  return (
    <p class="hint sample">
      <b>A finished sample.</b> What the panels show was computed beforehand, on another machine, by a short
      run of this page on MNIST and some drawings. This browser computes nothing of it.
    </p>
  );
}
