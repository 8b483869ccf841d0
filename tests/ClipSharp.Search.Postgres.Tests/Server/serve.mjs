// PostgreSQL with pgvector in this process, on a free port of this machine alone; tells the port, ends with its standard input.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const packages = createRequire(pathToFileURL(process.argv[2] + '/package.json'))
const load = name => import(pathToFileURL(packages.resolve(name)))
const [{ PGlite }, { vector }, { PGLiteSocketServer }] = await Promise.all(
  ['@electric-sql/pglite', '@electric-sql/pglite-pgvector', '@electric-sql/pglite-socket'].map(load))
const db = await PGlite.create({ dataDir: process.argv[3], extensions: { vector } })
const server = new PGLiteSocketServer({ db, host: '127.0.0.1', port: 0, maxConnections: 20 })
server.addEventListener('listening', event => console.log(`port ${event.detail.port}`))
await server.start()
process.stdin.on('end', () => process.exit(0)).resume()
