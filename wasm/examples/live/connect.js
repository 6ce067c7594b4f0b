// A peer connection between two tabs, which find each other with a BroadcastChannel. `packets` loses rather
// than waits; `facts` is for what must arrive.
const signals = () => new BroadcastChannel('motet-live-example');

function channelsOf(connection) {
  return {
    packets: connection.createDataChannel('packets', {
      negotiated: true,
      id: 0,
      ordered: false,
      maxRetransmits: 0,
    }),
    facts: connection.createDataChannel('facts', { negotiated: true, id: 1 }),
  };
}

/** Both channels, once they are open. */
async function connect(role) {
  const channel = signals();
  const connection = new RTCPeerConnection();
  const { packets, facts } = channelsOf(connection);
  packets.binaryType = 'arraybuffer';
  const tell = (message) => channel.postMessage({ from: role, ...message });
  const early = []; // candidates that came before the description
  connection.onicecandidate = ({ candidate }) => {
    if (candidate) tell({ candidate: candidate.toJSON() });
  };
  const describe = async (description) => {
    await connection.setRemoteDescription(description);
    for (const candidate of early.splice(0)) await connection.addIceCandidate(candidate);
  };
  channel.onmessage = async ({ data }) => {
    if (data.from === role) return;
    if (data.candidate) {
      if (connection.remoteDescription) await connection.addIceCandidate(data.candidate);
      else early.push(data.candidate);
    } else if (data.ready && role === 'sender') {
      await connection.setLocalDescription(await connection.createOffer());
      tell({ offer: connection.localDescription.toJSON() });
    } else if (data.asked && role === 'listener') tell({ ready: true });
    else if (data.offer) {
      await describe(data.offer);
      await connection.setLocalDescription(await connection.createAnswer());
      tell({ answer: connection.localDescription.toJSON() });
    } else if (data.answer) await describe(data.answer);
  };
  tell(role === 'sender' ? { asked: true } : { ready: true });
  await Promise.all([packets, facts].map((each) => new Promise((open) => (each.onopen = open))));
  channel.close();
  return { connection, packets, facts };
}

export const connectSender = () => connect('sender');
export const connectListener = () => connect('listener');
