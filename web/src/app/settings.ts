// The settings are in the address of the page, so that a link hands them on: ?quality=3&opus=12. Each is
// a control of the page; what stands at its default is left out.
import { byId } from '../ui/elements';

/** Names in the address and selectors of the controls. */
const CONTROLS: Record<string, string> = {
  engine: '#engine input',
  quality: '#quality',
  opus: '#opus',
  loudness: '#match-loudness',
  difference: '#difference',
  scale: '#scale',
  zoom: '#zoom',
};

type Control = HTMLInputElement | HTMLSelectElement;

/** The control, or the radio buttons that are one together. */
function controlsOf(name: string): Control[] {
  return [...document.querySelectorAll<Control>(CONTROLS[name]!)];
}

/** Sets the controls to what the address says; values that a control cannot have are passed over. */
export function readSettings(): void {
  const settings = new URLSearchParams(location.search);
  for (const name of Object.keys(CONTROLS)) {
    const value = settings.get(name);
    if (value !== null) for (const control of controlsOf(name)) set(control, value);
  }
}

function set(control: Control, value: string): void {
  if (control instanceof HTMLSelectElement) {
    if ([...control.options].some((option) => option.value === value)) control.value = value;
  } else if (control.type === 'radio') {
    if (control.value === value) control.checked = true;
  } else if (control.type === 'checkbox') {
    if (value === 'on' || value === 'off') control.checked = value === 'on';
  } else if (/^\d+$/.test(value)) {
    control.value = value; // a range keeps to its ends
  }
}

/** From now on the address follows the controls. */
export function keepSettings(): void {
  for (const event of ['input', 'change']) {
    document.addEventListener(event, () => {
      const address = linkToSettings();
      if (address !== location.href) history.replaceState(null, '', address);
    });
  }
  byId('copy-link', HTMLButtonElement).addEventListener('click', async () => {
    const status = byId('link-copied', HTMLElement);
    const link = linkToSettings();
    await navigator.clipboard.writeText(link).then(
      () => (status.textContent = 'Copied.'),
      () => (status.textContent = link), // where the browser lets no page copy
    );
  });
}

function linkToSettings(): string {
  const url = new URL(location.href);
  for (const name of Object.keys(CONTROLS)) {
    url.searchParams.delete(name);
    const value = changed(controlsOf(name));
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url.href;
}

/** What is set, if it is not the default. */
function changed(controls: readonly Control[]): string | undefined {
  const [control] = controls;
  if (control instanceof HTMLSelectElement) {
    return control.selectedOptions[0]!.defaultSelected ? undefined : control.value;
  }
  const inputs = controls as readonly HTMLInputElement[];
  const { type, checked, defaultChecked, value, defaultValue } = inputs[0]!;
  if (type === 'radio') {
    const chosen = inputs.find((each) => each.checked)!;
    return chosen.defaultChecked ? undefined : chosen.value;
  }
  if (type === 'checkbox') return checked === defaultChecked ? undefined : checked ? 'on' : 'off';
  return value === defaultValue ? undefined : value;
}
