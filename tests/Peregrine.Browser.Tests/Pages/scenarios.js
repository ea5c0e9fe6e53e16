// The page's half of each scenario. The page asks for the next one, runs it, posts what it saw, and asks again.
// A scenario gets `t`: t.url and t.hash to connect with, t.arguments from the test. It returns something JSON can carry.
const wait = ms => new Promise(done => setTimeout(done, ms));
const utf8 = new TextEncoder(), text = new TextDecoder();

const scenarios = {
  async connect(t) {
    const session = await t.connect();
    const greeting = text.decode(await toEnd(await next(session.incomingUnidirectionalStreams)));
    session.close({ closeCode: 1, reason: "seen" });
    return { greeting, maxDatagramSize: session.datagrams.maxDatagramSize };
  },

  // What `ready` and `closed` reject with when there is to be no session.
  async refused(t) {
    const session = t.dial();
    return { ready: await outcome(session.ready), closed: await outcome(session.closed) };
  },

  async bidirectionalEcho(t) {
    const session = await t.connect(), { length, streams } = t.arguments;
    const digests = await Promise.all(Array.from({ length: streams }, async () => {
      const content = random(length), stream = await session.createBidirectionalStream();
      const [, back] = await Promise.all([sendAll(stream.writable, content), toEnd(stream.readable)]);
      return { sent: await digest(content), back: await digest(back), length: back.length };
    }));
    session.close();
    return { digests };
  },

  async unidirectionalBothWays(t) {
    const session = await t.connect(), content = random(t.arguments.length);
    await sendAll(await session.createUnidirectionalStream(), content);
    const back = await toEnd(await next(session.incomingUnidirectionalStreams));
    session.close();
    return { sent: await digest(content), back: await digest(back), length: back.length };
  },

  async openedByServer(t) {
    const session = await t.connect();
    const unidirectional = await toEnd(await next(session.incomingUnidirectionalStreams));
    const stream = await next(session.incomingBidirectionalStreams);
    const [bidirectional] = await Promise.all([toEnd(stream.readable), sendAll(stream.writable, utf8.encode("heard you"))]);
    session.close();
    return { unidirectional: await digest(unidirectional), bidirectional: await digest(bidirectional) };
  },

  // Datagrams may be lost: whatever has not come back is sent again.
  async datagramEcho(t) {
    const session = await t.connect(), { count, size } = t.arguments, missing = new Map();
    const reader = session.datagrams.readable.getReader(), writer = datagramWriter(session);
    for (let i = 0; i < count; i++) {
      const content = random(size);
      content[0] = i;
      missing.set(i, content);
    }
    let wrong = 0;
    const reading = (async () => {
      while (missing.size > 0) {
        const { value, done } = await reader.read();
        if (done) throw new Error("the datagrams ended");
        const content = missing.get(value[0]);
        if (content !== undefined && !same(content, value)) wrong++;
        missing.delete(value[0]);
      }
    })();
    for (let rounds = 0; missing.size > 0 && rounds < 100; rounds++) {
      for (const content of [...missing.values()]) await writer.write(content);
      await Promise.race([reading, wait(200)]);
    }
    await reading;
    session.close();
    return { wrong };
  },

  async closeByPage(t) {
    const session = await t.connect();
    session.close({ closeCode: t.arguments.code, reason: t.arguments.reason });
    return await session.closed;
  },

  async closeByServer(t) {
    const session = await t.connect();
    const { closeCode, reason } = await session.closed;
    return { closeCode, reason };
  },

  // The page resets what it sends; the server closes when it has seen it.
  async resetByPage(t) {
    const session = await t.connect();
    const stream = await session.createBidirectionalStream(), writer = stream.writable.getWriter();
    await writer.write(utf8.encode("r"));
    await stream.readable.getReader().read();           // the server has it
    await writer.abort(failure(t.arguments.code));
    const { closeCode } = await session.closed;
    return { closeCode };
  },

  // The page stops what it receives; the server closes when it has seen it.
  async stopByPage(t) {
    const session = await t.connect();
    const stream = await session.createBidirectionalStream();
    await stream.writable.getWriter().write(utf8.encode("s"));
    const reader = stream.readable.getReader();
    await reader.read();
    await reader.cancel(failure(t.arguments.code));
    const { closeCode } = await session.closed;
    return { closeCode };
  },

  // The server resets one stream and stops another: what the page's promises say.
  async abortByServer(t) {
    const session = await t.connect();
    const resetting = await session.createBidirectionalStream();
    await resetting.writable.getWriter().write(utf8.encode("r"));
    const reset = await outcome(toEnd(resetting.readable));
    const stopping = await session.createBidirectionalStream(), writer = stopping.writable.getWriter();
    await writer.write(utf8.encode("s"));
    const stopped = await outcome(writer.closed);
    session.close();
    return { reset, stopped };
  },
};

// ---- what scenarios are made of

function dial(url, hash) {
  return new WebTransport(url, { serverCertificateHashes: [{ algorithm: "sha-256", value: fromHex(hash) }] });
}

async function outcome(promise) {
  try {
    await promise;
    return { resolved: true, name: "none" };
  } catch (error) {
    return { resolved: false, name: error.name, source: error.source, streamErrorCode: error.streamErrorCode, message: error.message };
  }
}

// The constructor's arguments changed over the drafts of the API.
function failure(streamErrorCode) {
  try {
    return new WebTransportError("on purpose", { streamErrorCode });
  } catch {
    return new WebTransportError({ message: "on purpose", streamErrorCode });
  }
}

const datagramWriter = session => (session.datagrams.createWritable?.() ?? session.datagrams.writable).getWriter();

async function next(readable) {
  const reader = readable.getReader(), { value, done } = await reader.read();
  reader.releaseLock();
  if (done) throw new Error("no stream came");
  return value;
}

async function sendAll(writable, content) {
  const writer = writable.getWriter();
  for (let at = 0; at < content.length; at += 65536) await writer.write(content.subarray(at, at + 65536));
  await writer.close();
}

async function toEnd(readable) {
  const reader = readable.getReader(), parts = [];
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    parts.push(value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

function random(length) {
  const content = new Uint8Array(length);
  for (let at = 0; at < length; at += 65536) crypto.getRandomValues(content.subarray(at, at + 65536));
  return content;
}

const hex = bytes => [...bytes].map(byte => byte.toString(16).padStart(2, "0")).join("");
const fromHex = digits => new Uint8Array(digits.match(/../g).map(pair => parseInt(pair, 16)));
const digest = async content => hex(new Uint8Array(await crypto.subtle.digest("SHA-256", content)));
const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

// ---- the loop

async function run({ scenario, url, hash, arguments: given }) {
  const t = {
    arguments: given,
    dial: () => dial(url, hash),
    connect: async () => { const session = dial(url, hash); await session.ready; return session; },
  };
  try {
    return { value: await scenarios[scenario](t) };
  } catch (error) {
    return { error: `${error.name}: ${error.message}${error.stack ? "\n" + error.stack : ""}` };
  }
}

for (;;) {
  const response = await fetch("next", { cache: "no-store" });
  if (response.status !== 200) continue;                // nothing to do yet
  const task = await response.json();
  await fetch("result/" + task.id, { method: "POST", body: JSON.stringify(await run(task)) });
}
