/** Of an installed page: the files that the system opens with it. */
interface LaunchQueue {
  setConsumer(consumer: (launch: { files: FileSystemFileHandle[] }) => void): void;
}

/** `.motet` files open in the installed page (file_handlers of the manifest). */
export function listenForLaunches(onFiles: (files: File[]) => void): void {
  const { launchQueue } = window as { launchQueue?: LaunchQueue };
  launchQueue?.setConsumer(({ files }) => {
    if (files.length > 0) void Promise.all(files.map((file) => file.getFile())).then(onFiles);
  });
}
