'use strict'

// Runs wechat4u as its own README does. What it emits is printed as JSON, one
// object a line; calls of its methods are read the same way:
//   {"id": 1, "method": "sendMsg", "args": ["hello", "@…"]}
// An argument {"$file": {"name": "a.png", "data": "…base64"}} becomes what its
// sendMsg wants for a file. Nothing here knows of any server but the official one.

const readline = require('readline')
const Wechat = require('wechat4u')

const say = event => process.stdout.write(JSON.stringify(event) + '\n')
const text = err => [err.tips, err.message].filter(Boolean).join(': ')

const bot = new Wechat()

bot.on('uuid', uuid => say({ event: 'code', text: 'https://login.weixin.qq.com/l/' + uuid }))
bot.on('user-avatar', avatar => say({ event: 'avatar', text: avatar.slice(0, 32) }))
bot.on('login', () => say({ event: 'login', user: bot.user.UserName, text: bot.user.NickName }))
bot.on('logout', () => say({ event: 'logout' }))
bot.on('error', err => say({ event: 'error', text: text(err) }))
bot.on('contacts-updated', () => say({ event: 'contacts', contacts: Object.values(bot.contacts) }))
bot.on('message', message => say({ event: 'message', message, self: message.isSendBySelf }))

const argument = a => a && a.$file
  ? { file: Buffer.from(a.$file.data, 'base64'), filename: a.$file.name }
  : a

const plain = value => value && Buffer.isBuffer(value.data)
  ? { type: value.type, data: value.data.toString('base64') } // a download
  : value

readline.createInterface({ input: process.stdin })
  .on('line', line => {
    const { id, method, args } = JSON.parse(line)
    Promise.resolve()
      .then(() => bot[method](...(args || []).map(argument)))
      .then(value => say({ event: 'result', id, value: plain(value) }))
      .catch(err => say({ event: 'result', id, text: text(err) || 'refused' }))
  })
  .on('close', () => process.exit(0))

bot.start()
