// Runs a Wechaty bot on the wechat4u puppet as their own READMEs do. What happens
// is printed as JSON, one object a line; the methods below are called the same way:
//   {"id": 1, "method": "say", "args": ["Bob", "hello"]}
// Nothing here knows of any server but the official one.

import readline from 'node:readline'
import { WechatyBuilder } from 'wechaty'
import { PuppetWechat4u } from 'wechaty-puppet-wechat4u'

const print = event => process.stdout.write(JSON.stringify(event) + '\n')

const bot = WechatyBuilder.build({ puppet: new PuppetWechat4u() })

bot.on('scan', (code, status) => print({ event: 'code', text: code, status }))
bot.on('login', user => print({ event: 'login', text: user.name() }))
bot.on('logout', () => print({ event: 'logout' }))
bot.on('ready', () => print({ event: 'ready' }))
bot.on('error', err => print({ event: 'error', text: err.message }))
bot.on('message', async message => {
  const room = message.room()
  print({
    event: 'text',
    self: message.self(),
    type: message.type(),
    text: message.text(),
    from: message.talker().name(),
    room: room ? await room.topic() : '',
    to: message.listener()?.name() ?? ''
  })
})

const methods = {
  say: async (name, text) => {
    const contact = await bot.Contact.find({ name })
    await contact.say(text)
  },
  sayInRoom: async (topic, text) => {
    const room = await bot.Room.find({ topic })
    await room.say(text)
  },
  friends: async () => (await bot.Contact.findAll()).filter(c => c.friend()).map(c => c.name()),
  members: async topic => {
    const room = await bot.Room.find({ topic })
    return (await room.memberAll()).map(c => c.name())
  }
}

readline.createInterface({ input: process.stdin })
  .on('line', line => {
    const { id, method, args } = JSON.parse(line)
    Promise.resolve()
      .then(() => methods[method](...(args || [])))
      .then(value => print({ event: 'result', id, value }))
      .catch(err => print({ event: 'result', id, text: err.stack || 'refused' }))
  })
  .on('close', () => process.exit(0))

await bot.start()
