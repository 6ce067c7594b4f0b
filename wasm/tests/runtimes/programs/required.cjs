const { isSupported, Model } = require('motet');
const { modelUrl } = require('motet/model');

Model.load(modelUrl).then(({ info }) => console.log(isSupported(), info.sampleRate));
