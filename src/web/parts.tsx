import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

/** A heading and what belongs to it. */
export function Card({
  title,
  note,
  wide,
  children,
}: {
  title: string;
  note?: ComponentChildren;
  wide?: boolean;
  children: ComponentChildren;
}) {
  const id = useId();
  return (
    <section class={wide ? 'card wide' : 'card'} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {note && <p class="note">{note}</p>}
      {children}
    </section>
  );
}

/** One of a few values, chosen from a list. */
export function Choice<T extends string>({
  label,
  value,
  options,
  onChange,
  disabled,
}: {
  label: string;
  value: T;
  options: readonly { value: T; text: string }[];
  onChange: (value: T) => void;
  disabled?: boolean;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        disabled={disabled}
        onChange={({ currentTarget }) => {
          const chosen = options.find((option) => option.value === currentTarget.value);
          if (chosen) onChange(chosen.value);
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.text}
          </option>
        ))}
      </select>
    </div>
  );
}

/** A whole number from 0 on. What is none is not taken. */
export function Whole({
  label,
  value,
  most,
  onChange,
}: {
  label: string;
  value: number;
  most: number;
  onChange: (value: number) => void;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="number"
        min={0}
        max={most}
        step={1}
        value={value}
        onChange={({ currentTarget }) => {
          const next = currentTarget.valueAsNumber;
          if (Number.isInteger(next) && next >= 0 && next <= most) onChange(next);
          else currentTarget.value = `${value}`;
        }}
      />
    </div>
  );
}

/** Two or three values side by side. */
export function Segments<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: T;
  options: readonly { value: T; text: string }[];
  onChange: (value: T) => void;
}) {
  const name = useId();
  return (
    <fieldset class="segments">
      <legend>{label}</legend>
      <div>
        {options.map((option) => (
          <label key={option.value}>
            <input
              type="radio"
              name={name}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            <span>{option.text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export function Button({
  children,
  onClick,
  primary,
  disabled,
  label,
}: {
  children: ComponentChildren;
  onClick: () => void;
  primary?: boolean;
  disabled?: boolean;
  /** Where the text says too little by itself. */
  label?: string;
}) {
  return (
    <button
      type="button"
      class={primary ? 'button primary' : 'button'}
      onClick={onClick}
      disabled={disabled}
      aria-label={label}
    >
      {children}
    </button>
  );
}

/** Numbers with what they are. */
export function Facts({ facts }: { facts: readonly { name: string; value: string; unit?: string }[] }) {
  return (
    <dl class="facts">
      {facts.map(({ name, value, unit }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {value}
            {unit && <span class="unit"> {unit}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Stands where there is nothing to show yet, as high as what will come. */
export function Empty({ height, children }: { height: number; children: ComponentChildren }) {
  return (
    <div class="empty" style={{ height: `${height}px` }}>
      <p>{children}</p>
    </div>
  );
}
