using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const worker :Workerd.Worker = (
  modules = [
    (name = "main.js", esModule = embed "main.js"),
    (name = "motet/motet.wasm", wasm = embed "node_modules/motet/motet.wasm"),
    (name = "motet/motet.motetmodel", data = embed "node_modules/motet/motet.motetmodel"),
  ],
  compatibilityDate = "2024-01-01",
);
