import { engineFiles, type PartId } from '../engine/files';
import { keepForOffline } from '../offline';

/** Keeps a part of the page that is in use now for when there is no network. */
export function keepPart(id: PartId): void {
  // Not worth an error: the part works, but not offline.
  void engineFiles(id)
    .then((files) => keepForOffline(files?.files ?? []))
    .catch(() => undefined);
}
