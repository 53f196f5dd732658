import http from 'node:http';

/** Asks for one address over and over, on so many connections at once, from `start` to `stop`. Says when it is ready and when it has stopped. */
const [url, headers, connections] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: Number(connections) });
let isOn = false;
let open = 0;

function ask() {
  open += 1;
  const request = http.get(url, { agent, headers: JSON.parse(headers) }, (response) =>
    response.resume().on('end', again),
  );
  request.on('error', again);
}

function again() {
  open -= 1;
  if (isOn) ask();
  else if (open === 0) process.send('stopped');
}

process.on('message', (word) => {
  isOn = word === 'start';
  if (isOn) for (let client = 0; client < Number(connections); client += 1) ask();
});
process.send('ready');
