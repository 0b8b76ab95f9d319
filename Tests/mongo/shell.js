// Stands in for MongoDB and its two shells, `mongosh` and the older `mongo`, as far as the scripts of a runtime's database go.
//
//   node shell.js mongosh|mongo ADDRESS [--quiet] [--username U --password P --authenticationDatabase D] --eval SCRIPT
//
// The server's users, and who is connected, are in the file that DATABASE names; every command reads it and writes it. Who is let in and
// what is answered follows the pages
//   https://www.mongodb.com/docs/manual/reference/command/nav-user-management/   commands, and what they refuse
//   https://www.mongodb.com/docs/manual/reference/method/js-user-management/     what the shells make of the answers
//   https://www.mongodb.com/docs/manual/reference/error-codes/                   11, 13, 18, 51003, 10107
//   https://www.mongodb.com/docs/manual/reference/operator/aggregation/currentOp/
// CUT_AFTER=N ends the shell as a kill would after the N-th write.
"use strict";
const fs = require("fs");
const vm = require("vm");

const file = process.env.DATABASE;
const [kind, ...words] = process.argv.slice(2);
const isOld = kind === "mongo";

class Refusal extends Error {
  constructor(code, codeName, message) {
    super(message);
    Object.assign(this, { code, codeName });
  }
}

// MARK: The server

const read = () => JSON.parse(fs.readFileSync(file, "utf8"));
const write = (state) => fs.writeFileSync(file, JSON.stringify(state, null, 1));

function changed(state) {
  write(state);
  const cut = Number(process.env.CUT_AFTER || 0);
  const counter = file + ".writes";
  const count = 1 + Number(fs.existsSync(counter) ? fs.readFileSync(counter, "utf8") : 0);
  fs.writeFileSync(counter, String(count));
  if (count === cut) { process.exit(137); }
}

const find = (state, db, name) => state.users.find((user) => user.db === db && user.user === name);

function login(db, user, password) {
  const found = find(read(), db, user);
  if (!found || found.pwd !== password) { throw new Refusal(18, "AuthenticationFailed", "Authentication failed."); }
  return { user, db };
}

// A user who was dropped is logged out, and of every command the rights are looked up anew.
function roles(state, session, command) {
  const user = session && find(state, session.db, session.user);
  if (!user) { throw new Refusal(13, "Unauthorized", `command ${command} requires authentication`); }
  return user.roles;
}

function run(session, db, command) {
  const name = Object.keys(command)[0];
  const state = read();
  const isPrimary = state.member === "PRIMARY";
  if (name === "isMaster" || name === "hello") { return { ismaster: isPrimary, isWritablePrimary: isPrimary }; }
  if (name === "ping") { return {}; }
  const rights = roles(state, session, name);
  const isRoot = rights.some((right) => right.role === "root" && right.db === "admin");
  const mayRead = rights.some((right) => right.role === "read" && right.db === db);
  if (!isRoot && !(mayRead && name === "listCollections")) {
    throw new Refusal(13, "Unauthorized", `not authorized on ${db} to execute command { ${name} }`);
  }
  if (!commands[name]) { throw new Refusal(59, "CommandNotFound", `no such command: '${name}'`); }
  if (["createUser", "updateUser", "dropUser"].includes(name) && !isPrimary) {
    throw new Refusal(10107, "NotWritablePrimary", "not primary");
  }
  return commands[name](state, db, command);
}

const commands = {
  usersInfo(state, db, { usersInfo }) {
    const shown = state.users.filter((user) => user.db === db && (usersInfo === 1 || user.user === usersInfo));
    return { users: shown.map(({ user, db, roles }) => ({ _id: `${db}.${user}`, user, db, roles })) };
  },
  createUser(state, db, { createUser, pwd, roles }) {
    if (!roles) { throw new Refusal(40414, "Location40414", "BSON field 'createUser.roles' is missing but a required field"); }
    if (find(state, db, createUser)) {
      throw new Refusal(51003, "Location51003", `User "${createUser}@${db}" already exists`);
    }
    state.users.push({ db, user: createUser, pwd, roles });
    changed(state);
    return {};
  },
  updateUser(state, db, { updateUser, pwd, roles }) {
    const user = find(state, db, updateUser);
    if (!user) { throw new Refusal(11, "UserNotFound", `User "${updateUser}@${db}" not found`); }
    if (pwd !== undefined) { user.pwd = pwd; }
    if (roles !== undefined) { user.roles = roles; }
    changed(state);
    return {};
  },
  dropUser(state, db, { dropUser }) {
    if (!find(state, db, dropUser)) { throw new Refusal(11, "UserNotFound", `User '${dropUser}@${db}' not found`); }
    state.users = state.users.filter((user) => user.db !== db || user.user !== dropUser);
    changed(state);
    return {};
  },
  listCollections: (state, db) => ({ names: (state.collections || {})[db] || [] }),
  replSetGetStatus(state) {
    if (state.member === "STANDALONE") { throw new Refusal(76, "NoReplicationEnabled", "not running with --replSet"); }
    if (!state.set) { throw new Refusal(94, "NotYetInitialized", "no replset config has been received"); }
    return { set: state.set._id };
  },
  replSetInitiate(state, db, { replSetInitiate }) {
    if (state.set) { throw new Refusal(23, "AlreadyInitialized", "already initialized"); }
    Object.assign(state, { set: replSetInitiate, member: "PRIMARY" });
    changed(state);
    return {};
  },
};

// Connections that do nothing have no `active` operation. `looks`: how often one is there still; without it, it stays.
function operations(session, { allUsers, idleConnections }) {
  const state = read();
  roles(state, session, "aggregate");
  const shown = (state.connections || []).filter((one) => (one.active || idleConnections) && allUsers);
  state.connections = (state.connections || [])
    .map((one) => ("looks" in one ? { ...one, looks: one.looks - 1 } : one)).filter((one) => one.looks !== 0);
  write(state);
  const own = { client: "127.0.0.1:40000", appName: kind, active: true, effectiveUsers: [session] };
  return [{ desc: "Checkpointer", active: false }, own, ...shown.map(({ looks, user, db, ...rest }) => (
    user ? { ...rest, effectiveUsers: [{ user, db }] } : rest))];
}

// MARK: The shells

const failed = (code) => (isOld ? code && { ok: 0, errmsg: code.message, code: code.code, codeName: code.codeName } : code);

function shown(error) {
  const refused = error instanceof Refusal;
  if (isOld) { return `uncaught exception: Error: ${error.message} :`; }
  return refused ? `MongoServerError: ${error.message}` : `${error.name}: ${error.message}`;
}

function database(session, name) {
  const demand = (command, words = "") => {
    try { return { ok: 1, ...run(session, name, command) }; } catch (error) {
      if (isOld && words) { error.message = `${words}: ${error.message}`; }
      throw error;
    }
  };
  const runCommand = (command) => {
    try { return demand(command); } catch (error) {
      if (!isOld || !(error instanceof Refusal)) { throw error; }
      return failed(error);
    }
  };
  const users = (filter) => demand({ usersInfo: filter });
  return {
    getSiblingDB: (other) => database(session, other),
    runCommand,
    adminCommand: (command) => (name === "admin" ? runCommand(command) : database(session, "admin").adminCommand(command)),
    isMaster: () => demand({ isMaster: 1 }),
    getUser: (user) => users(user).users[0] || null,
    getUsers: () => (isOld ? users(1).users : users(1)),
    createUser: ({ user, ...rest }) => {
      const answer = demand({ createUser: user, ...rest }, "couldn't add user");
      if (isOld) { console.log(`Successfully added user: ${JSON.stringify({ user, roles: rest.roles })}`); }
      return isOld ? undefined : answer;
    },
    updateUser: (user, rest) => {
      const answer = demand({ updateUser: user, ...rest }, "Updating user failed");
      return isOld ? undefined : answer;
    },
    dropUser: (user) => {
      try {
        const answer = demand({ dropUser: user });
        return isOld ? true : answer;
      } catch (error) {
        if (isOld && error.code === 11) { return false; }
        throw error;
      }
    },
    getCollectionNames: () => demand({ listCollections: 1 }).names,
    aggregate: (stages) => {
      if (name !== "admin" || !stages[0].$currentOp) { throw new Refusal(73, "InvalidNamespace", "$currentOp is of admin"); }
      const found = operations(session, stages[0].$currentOp);
      return { toArray: () => found };
    },
  };
}

function main() {
  const option = (name) => (words.includes(name) ? words[words.indexOf(name) + 1] : undefined);
  const address = words.find((word, place) => word.startsWith("mongodb://") && place === 0);
  const match = /^mongodb:\/\/(?:([^:@]+):([^@]+)@)?([^:/]+):27017\/([a-z]+)/.exec(address || "mongodb://127.0.0.1:27017/test");
  if (address && match[3] !== "kre-mongo-0") { throw new Refusal(6, "HostUnreachable", `getaddrinfo ENOTFOUND ${match[3]}`); }
  const [user, password] = match[1] ? [match[1], match[2]] : [option("--username"), option("--password")];
  const session = user === undefined ? null : login(match[1] ? match[4] : option("--authenticationDatabase"), user, password);
  const context = {
    db: database(session, match[4]),
    print: console.log,
    quit: (code = 0) => process.exit(code),
    sleep: () => {},
    rs: { initiate: (config) => database(session, "admin").adminCommand({ replSetInitiate: config }) },
  };
  const result = vm.runInNewContext(option("--eval"), context);
  if (result !== undefined) { console.log(typeof result === "object" ? JSON.stringify(result) : String(result)); }
}

try { main(); } catch (error) {
  console.error(shown(error));
  process.exit(isOld ? 252 : 1);
}
