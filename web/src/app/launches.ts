import { SHARED_PARAMETER, takeShared } from '../sharing';

/** Of an installed page: the files that the system opens with it. */
interface LaunchQueue {
  setConsumer(consumer: (launch: { files: FileSystemFileHandle[] }) => void): void;
}

/**
 * Files come to the installed page from outside: `.motet` files that are opened with it (file_handlers of
 * the manifest), and what other apps share with it (share_target).
 */
export function listenForLaunches(onFiles: (files: File[]) => void): void {
  const { launchQueue } = window as { launchQueue?: LaunchQueue };
  launchQueue?.setConsumer(({ files }) => {
    if (files.length > 0) void Promise.all(files.map((file) => file.getFile())).then(onFiles);
  });
  const url = new URL(location.href);
  if (!url.searchParams.has(SHARED_PARAMETER)) return;
  url.searchParams.delete(SHARED_PARAMETER); // a reload or a link shares nothing
  history.replaceState(null, '', url);
  void takeShared().then((files) => {
    if (files.length > 0) onFiles(files);
  });
}
