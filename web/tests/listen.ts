// For browsers that only WebDriver drives: whether there is sound.

/** Runs in the page before it plays: `loudest` is the largest sample that went to the speakers. */
export const LISTEN = `
window.loudest = 0;
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (target, ...rest) {
  if (target instanceof AudioDestinationNode) {
    const analyser = new AnalyserNode(this.context);
    connect.call(this, analyser);
    const samples = new Float32Array(analyser.fftSize);
    setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      loudest = Math.max(loudest, ...samples);
    }, 20);
  }
  return connect.call(this, target, ...rest);
};`;
