/// What the Jobs run that make the users of a runtime's database anew: bash, and JavaScript for `mongosh` or, in older images, `mongo`.
///
/// The two differ in what they do with a refusal: of a command the older one returns it, and `dropUser` is then false
/// (https://www.mongodb.com/docs/manual/reference/method/js-user-management/). What calls the server is in no function that another one
/// calls back: `mongosh` would not wait for it.
enum MongoScripts {
    /// `text` gives JavaScript what was not made here: letters, digits and hyphens need it not. A user that `make` finds gets the password
    /// and the role.
    static let common = #"""
        set -eu
        shell=$(command -v mongosh || command -v mongo)
        server="mongodb://\#(StackNames.mongoService):27017/admin?replicaSet=rs0"
        as() {
          "$shell" "$server" --quiet --username "$1" --password "$2" --authenticationDatabase "$3" --eval "$4"
        }
        text() {
          local backslash='\' quote="'" text=$1
          text=${text//"$backslash"/"$backslash$backslash"}
          text=${text//"$quote"/"$backslash$quote"}
          text=${text//$'\n'/"${backslash}n"}
          printf "'%s'" "${text//$'\r'/"${backslash}r"}"
        }
        make='function make(database, name, password, role) {
          var there = db.getSiblingDB(database);
          var user = {pwd: password, roles: [{role: role, db: database}]};
          if (there.getUser(name) !== null) { there.updateUser(name, user); return; }
          user.user = name;
          there.createUser(user);
        }'
        tries=0
        until "$shell" "mongodb://\#(StackNames.mongoService):27017/admin" --quiet \
          --eval 'quit(db.isMaster().ismaster ? 0 : 1)' > "$HOME/answer" 2>&1; do
          tries=$((tries + 1))
          if [ "$tries" -ge 20 ]; then echo "the database takes no writes at \#(StackNames.mongoService):"; cat "$HOME/answer"; exit 1; fi
          sleep 3
        done

        """#

    /// A user of that name that is there gets the password: the Job may have come so far before. Never the one that is in use.
    static func creation(in namespace: String) -> String {
        #"""
            if [ "$NEXT_USERNAME" = "$USERNAME" ] && [ "$NEXT_PASSWORD" != "$PASSWORD" ]; then
              number=${USERNAME##*-}
              echo "$USERNAME is in use already, with another password: nothing was changed. Its Secret has lost the number of its generation."
              echo "Give it back, and rotate twice: the first run ends this rotation, the second makes new credentials."
              echo "  kubectl -n \#(namespace) annotate --overwrite secret \#(StackNames.Secret.mongo) \#(StackNames.Secret.mongoReader) kreform/generation=$number"
              exit 1
            fi
            if as "$USERNAME" "$PASSWORD" admin 'db.runCommand({ping: 1})' > /dev/null; then
              user=$USERNAME password=$PASSWORD
            else
              echo "$USERNAME is not let in; trying $NEXT_USERNAME, who may be there already"
              user=$NEXT_USERNAME password=$NEXT_PASSWORD
            fi
            as "$user" "$password" admin "$make
              make('admin', '$NEXT_USERNAME', '$NEXT_PASSWORD', 'root');
              make('\#(StackNames.database)', '$NEXT_READER_USERNAME', '$NEXT_READER_PASSWORD', 'read');"
            "$shell" "$NEXT_URI" --quiet --eval 'db.adminCommand({usersInfo: 1}).users.length' > /dev/null
            as "$NEXT_READER_USERNAME" "$NEXT_READER_PASSWORD" \#(StackNames.database) \
              'db.getSiblingDB("\#(StackNames.database)").getCollectionNames().length' > /dev/null
            echo "$NEXT_USERNAME and $NEXT_READER_USERNAME are let in"

            """#
    }

    /// Drops whom the rotation follows, and whom earlier ones left that were lost, none of whom a Secret names; but not before nobody is
    /// logged in as one of them: pods that go use the database up to the end of their grace period. `$currentOp` shows connections that do
    /// nothing too, each with whom it is logged in as (https://www.mongodb.com/docs/manual/reference/operator/aggregation/currentOp/). Who
    /// is still there after two minutes is named, and keeps being let in. A container that is restarted for that does not wait again.
    static let removal = #"""
        if [ -n "${NEXT_USERNAME:-}" ] && [ "$NEXT_USERNAME $NEXT_READER_USERNAME" != "$USERNAME $READER_USERNAME" ]; then
          echo "Somebody changed the Secrets: \#(StackNames.Secret.mongo) and \#(StackNames.Secret.mongoReader) name $USERNAME and"
          echo "$READER_USERNAME, not $NEXT_USERNAME and $NEXT_READER_USERNAME. Nobody was dropped. Put these names back with their"
          echo "passwords; or, if the Secrets are right, delete the Secret \#(StackNames.Secret.mongoNext). Then rotate once more."
          exit 1
        fi
        if ! as "$READER_USERNAME" "$READER_PASSWORD" \#(StackNames.database) \
          'db.getSiblingDB("\#(StackNames.database)").getCollectionNames().length' > /dev/null; then
          echo "$READER_USERNAME is not let in with the password that Secret \#(StackNames.Secret.mongoReader) has, and gets it"
          as "$USERNAME" "$PASSWORD" admin "$make
            make('\#(StackNames.database)', $(text "$READER_USERNAME"), $(text "$READER_PASSWORD"), 'read');"
        fi
        looks=60
        if [ -e "$HOME/waited" ]; then looks=0; fi
        touch "$HOME/waited"
        as "$USERNAME" "$PASSWORD" admin "
          var looks = $looks;
          var kept = {admin: $(text "$USERNAME"), \#(StackNames.database): $(text "$READER_USERNAME")};
          var named = {admin: $(text "${OLD_USERNAME:-}"), \#(StackNames.database): $(text "${OLD_READER_USERNAME:-}")};"'
          var made = {admin: /^kre(-[0-9]+)?$/, \#(StackNames.database): /^kre-runtime-data(-[0-9]+)?$/};
          function old() {
            var found = [];
            for (var place in kept) {
              var answer = db.getSiblingDB(place).runCommand({usersInfo: 1});
              if (!answer.ok) { throw new Error(answer.errmsg); }
              for (var i = 0; i < answer.users.length; i++) {
                var name = answer.users[i].user;
                if (name !== kept[place] && (name === named[place] || made[place].test(name))) {
                  found.push({user: name, db: answer.users[i].db});
                }
              }
            }
            return found;
          }
          function clients(users) {
            var found = {};
            var all = db.getSiblingDB("admin").aggregate([{$currentOp: {allUsers: true, idleConnections: true}}]).toArray();
            for (var i = 0; i < all.length; i++) {
              var logins = all[i].effectiveUsers || [];
              for (var j = 0; j < logins.length; j++) {
                for (var k = 0; k < users.length; k++) {
                  if (logins[j].user !== users[k].user || logins[j].db !== users[k].db) { continue; }
                  var driver = (all[i].clientMetadata || {}).driver || {};
                  var from = (all[i].client || "the server itself").replace(/:[0-9]+$/, "");
                  var client = from + " (" + (all[i].appName || driver.name || "without a name") + ") as " + users[k].user;
                  found[client] = (found[client] || 0) + 1;
                }
              }
            }
            return Object.keys(found).sort().map(function (client) {
              return "  " + client + ", " + found[client] + (found[client] === 1 ? " connection" : " connections");
            });
          }
          function retire() {
            var users = old();
            var left = clients(users);
            if (left.length > 0 && looks > 0) { print("waiting until nobody is logged in as an old user:\n" + left.join("\n")); }
            for (var tries = 0; left.length > 0 && tries < looks; tries++) {
              sleep(2000);
              left = clients(users);
            }
            if (left.length > 0) {
              print("still logged in as old users, who were not dropped:\n" + left.slice(0, 6).join("\n")
                + (left.length > 6 ? "\n  and " + (left.length - 6) + " more" : "")
                + "\nEnd these connections, or restart the pods that they come from, which read the new credentials then. Rotate once more.");
              quit(1);
            }
            for (var i = 0; i < users.length; i++) {
              db.getSiblingDB(users[i].db).dropUser(users[i].user);
              print(users[i].user + " is not let in any more");
            }
          }
          retire();'

        """#
}
