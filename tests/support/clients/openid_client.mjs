// A site that signs people in by openid-client. It keeps its sessions in memory.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import * as openid from 'openid-client'

const { TRUSTWEB_ISSUER, CLIENT_ID, CLIENT_SECRET, PORT, SCOPE } = process.env
const here = `http://localhost:${PORT}`
const sessions = new Map()
// For loopback only: with https neither line is needed.
const options = { execute: [openid.allowInsecureRequests] }
const way = CLIENT_SECRET ? openid.ClientSecretBasic(CLIENT_SECRET) : openid.None()
// Asked at the first request, as it may start before Trustweb does.
let asked
const trustweb = () => (asked ??= openid.discovery(new URL(TRUSTWEB_ISSUER), CLIENT_ID, {}, way, options))

const pages = {
  async '/'() {
    const form = '<form action="/sign-out" method="post"><button>Sign Out</button></form>'
    return [200, `<!doctype html><html lang="en"><title>Photos</title><a href="/sign-in">Sign In</a>${form}`]
  },
  async '/sign-in'(session, url) {
    const codeVerifier = openid.randomPKCECodeVerifier()
    const started = { state: openid.randomState(), nonce: openid.randomNonce(), codeVerifier }
    // One for each tab, by its state.
    session.started = { ...session.started, [started.state]: started }
    const parameters = {
      ...Object.fromEntries(url.searchParams),
      redirect_uri: `${here}/callback`,
      scope: SCOPE,
      state: started.state,
      nonce: started.nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
    }
    return [303, openid.buildAuthorizationUrl(await trustweb(), parameters).href]
  },
  async '/callback'(session, url) {
    const started = session.started?.[url.searchParams.get('state')] ?? {}
    delete session.started?.[started.state]
    const tokens = await openid.authorizationCodeGrant(await trustweb(), url, {
      pkceCodeVerifier: started.codeVerifier,
      expectedState: started.state,
      expectedNonce: started.nonce,
      idTokenExpected: true,
    })
    Object.assign(session, { tokens: { ...tokens }, claims: tokens.claims() })
    return [303, '/']
  },
  async '/who'(session) {
    if (!session.tokens) return [401, {}]
    const more = await openid.fetchUserInfo(await trustweb(), session.tokens.access_token, session.claims.sub)
    return [200, { ...session.claims, ...more }]
  },
  async '/access-token'(session) {
    return [200, { token: session.tokens.access_token }]
  },
  async '/refresh'(session) {
    const next = await openid.refreshTokenGrant(await trustweb(), session.tokens.refresh_token)
    session.tokens = { ...session.tokens, ...next }
    return [200, { refreshed: true }]
  },
  async '/revoke'(session) {
    await openid.tokenRevocation(await trustweb(), session.tokens.refresh_token ?? session.tokens.access_token)
    return [200, { revoked: true }]
  },
  async '/sign-out'(session) {
    const hint = session.tokens?.id_token
    delete session.tokens
    const parameters = { post_logout_redirect_uri: `${here}/`, state: openid.randomState() }
    if (hint) parameters.id_token_hint = hint
    return [303, openid.buildEndSessionUrl(await trustweb(), parameters).href]
  },
}

createServer(async (request, response) => {
  const url = new URL(request.url, here)
  let id = /(?:^|; )photos=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1]
  if (!sessions.has(id)) {
    sessions.set((id = randomUUID()), {})
    response.setHeader('Set-Cookie', `photos=${id}; HttpOnly; SameSite=Lax; Path=/`)
  }
  let status = 404
  let body = {}
  try {
    if (pages[url.pathname]) [status, body] = await pages[url.pathname](sessions.get(id), url)
  } catch (error) {
    // What it objected to is what a test wants to read.
    status = 400
    body = { code: error.code, error: error.error, message: error.message, cause: error.cause?.message }
  }
  if (status === 303) response.setHeader('Location', body)
  response.setHeader('Content-Type', typeof body === 'string' ? 'text/html; charset=utf-8' : 'application/json')
  response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
}).listen(Number(PORT), '127.0.0.1')
