// Search in pages opened as files, where browsers start no workers: the worker's script runs in a hidden frame instead.
// Material's offline plugin would fetch a script of this name from a network; this one takes its place.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      this.ready = new Promise((resolve) => {
        window.addEventListener("DOMContentLoaded", () => this.begin(frame, url, resolve), { once: true });
        if (document.readyState !== "loading") this.begin(frame, url, resolve);
      });
    }

    begin(frame, url, resolve) {
      if (frame.isConnected) return;
      document.body.append(frame);
      const inner = frame.contentWindow;
      const load = (address) => new Promise((done, failed) => {
        const script = inner.document.createElement("script");
        Object.assign(script, { src: address, onload: done, onerror: failed });
        inner.document.head.append(script);
      });
      inner.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      inner.importScripts = (...addresses) => addresses.reduce((last, one) => last.then(() => load(one)), Promise.resolve());
      load(url).then(() => resolve(inner));
    }

    postMessage(data) {
      this.ready.then((inner) => inner.dispatchEvent(new inner.MessageEvent("message", { data })));
    }

    terminate() {}
  };
}
