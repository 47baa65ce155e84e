// An OTLP receiver that takes everything and keeps nothing, in a process of its own.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end());
});
server.listen(0, '127.0.0.1', () => process.send({ id: 0, url: `http://127.0.0.1:${server.address().port}` }));
process.on('disconnect', () => process.exit());
