import Fields
import JSON
import Model
import Planning
import Testing

/// Generated credentials are made anew.
@Suite struct RotationTests {
    // MARK: The files

    /// A runtime with a store and a database, something that reads the database, and a version with two Deployments, of which one
    /// reads it.
    private func entities(
        database: Int = 1, store: Int = 1, image: String = "a:1", versions: [String] = ["v1"], view: Bool = false
    ) -> [RenderedEntity] {
        let runtime = [
            object("v1", "Namespace", "e-r"), secret("db", "mongodb", database), secret("store", "minio", store),
        ] + (view ? [secret("db-view", "view", database)] : []) + [
            object("apps/v1", "StatefulSet", "store", template("minio", store), after: [address("v1", "Secret", "store")]),
            object("apps/v1", "Deployment", "writer", template("mongodb", database), after: [address("v1", "Secret", "db")]),
        ]
        let record = EntityRecord(address: .runtime("r"), namespace: "e-r")
        return [RenderedEntity(record: record, manifests: runtime)] + versions.map { name in
            RenderedEntity(
                record: EntityRecord(address: .version(runtime: "r", name: name), status: .started),
                manifests: [
                    object("apps/v1", "Deployment", "\(name)-node", template("mongodb", database, image)),
                    object("apps/v1", "Deployment", "\(name)-entrypoint", fetching),
                ])
        }
    }

    private func files(_ entities: [RenderedEntity]) -> RenderedState { RenderedState(engine: "e", entities: entities) }

    private func files(_ known: Generations) -> RenderedState {
        files(entities(database: known.number(of: "mongodb", in: "r"), store: known.number(of: "minio", in: "r")))
    }

    /// Pods that read the store's credentials before their own program starts.
    private var fetching: JSONValue {
        let variable: JSONValue = ["name": "P", "valueFrom": ["secretKeyRef": ["name": "store", "key": "password"]]]
        return ["template": ["spec": ["initContainers": [["name": "f", "env": [variable]]], "containers": [["name": "a"]]]]]
    }

    private func template(_ component: String, _ number: Int, _ image: String = "a:1") -> JSONValue {
        let secret = component == "minio" ? "store" : "db"
        let variable: JSONValue = ["name": "P", "valueFrom": ["secretKeyRef": ["name": .string(secret), "key": "password"]]]
        var template: JSONValue = ["spec": ["containers": [["name": "a", "image": .string(image), "env": [variable]]]]]
        if number > 1 {
            template["metadata"] = ["annotations": .object([ObjectAnnotations.credentials: .string("\(component)-\(number)")])]
        }
        return ["template": template]
    }

    private func object(
        _ apiVersion: String, _ kind: String, _ name: String, _ spec: JSONValue? = nil, component: String = "runtime",
        annotations: JSONObject = [:], after: [ResourceAddress] = []
    ) -> Manifest {
        Manifest(
            content(apiVersion, kind, name, spec, component, annotations), dependsOn: after, key: key)
    }

    private func content(
        _ apiVersion: String, _ kind: String, _ name: String, _ spec: JSONValue?, _ component: String, _ annotations: JSONObject
    ) -> JSONValue {
        var metadata: JSONValue = [
            "name": .string(name),
            "labels": .object([
                ObjectLabels.managedBy: "kreform", ObjectLabels.engine: "e", ObjectLabels.runtime: "r",
                ObjectLabels.component: .string(component),
            ]),
        ]
        if kind != "Namespace" { metadata["namespace"] = "e-r" }
        if !annotations.isEmpty { metadata["annotations"] = .object(annotations) }
        var object: JSONValue = ["apiVersion": .string(apiVersion), "kind": .string(kind), "metadata": metadata]
        object["spec"] = spec
        return object
    }

    private func secret(
        _ name: String, _ component: String, _ number: Int, annotation: String = ObjectAnnotations.generation,
        password: GeneratedValue = .random(12), renewed: Bool = false, after: [ResourceAddress] = []
    ) -> Manifest {
        let annotations: JSONObject = number > 1 ? [annotation: .string("\(number)")] : [:]
        return Manifest(
            content("v1", "Secret", name, nil, component, annotations), generated: ["password": password, "key": .random(8)],
            renewed: renewed ? ["password"] : [], dependsOn: after, key: key)
    }

    private func address(_ apiVersion: String, _ kind: String, _ name: String) -> ResourceAddress {
        ResourceAddress(apiVersion: apiVersion, kind: kind, namespace: "e-r", name: name)
    }

    // MARK: The rotation

    private func rotation(
        _ components: Set<String>, _ world: World, image: String = "a:1", versions: [String] = ["v1"], view: Bool = false
    ) -> Rotation {
        let there = Generations(world.state)
        let known = Planning.withUnread(there, of: "r", in: files(there), state: world.state)
        func number(_ component: String) -> Int {
            let made = known.number(of: component, in: "r")
            return components.contains(component) ? known.unfinished(of: component, in: "r") ?? made + 1 : made
        }
        let (database, store) = (number("mongodb"), number("minio"))
        let next = secret("db-next", "mongodb", database, annotation: ObjectAnnotations.rotation)
        let users = job("db-next", database, after: [next.address])
        let parts = [
            CredentialRotation(
                component: "mongodb", generation: database, preparing: [next, users],
                secrets: (view ? [("db-view", "view"), ("db", "mongodb")] : [("db", "mongodb")]).map { name, component in
                    secret(
                        name, component, database, password: .copy(secret: "db-next", key: "password"), renewed: true,
                        after: [users.address] + (view && name == "db" ? [address("v1", "Secret", "db-view")] : []))
                }, retiring: [job("db-retire", database, after: [next.address])]),
            CredentialRotation(
                component: "minio", generation: store, secrets: [secret("store", "minio", store, renewed: true)]),
        ].filter { components.contains($0.component) }
        let entities = entities(database: database, store: store, image: image, versions: versions, view: view).map { entity in
            guard entity.address == .runtime("r") else { return entity }
            return entity.with(entity.manifests + parts.flatMap(\.temporary), upload: nil)
        }
        return Rotation(runtime: "r", parts: parts, rendered: files(entities))
    }

    private func job(_ name: String, _ number: Int, after: [ResourceAddress]) -> Manifest {
        object(
            "batch/v1", "Job", name, ["template": ["spec": ["containers": [["name": "a"]]]]], component: "mongodb",
            annotations: [ObjectAnnotations.rotation: .string("\(number)")], after: after)
    }

    private func world(view: Bool = false) -> World {
        var world = World()
        world.bring(files(entities(view: view)))
        return world
    }

    private func value(_ world: World, _ secret: String, _ name: String = "password") -> JSONValue? {
        world.live[address("v1", "Secret", secret)]?.content["data"]?[name]
    }

    // MARK: Tests

    @Test func eachComponentIsFollowedByItsReadersAndTheOldOnesRetireLast() {
        let text = lines(world().rotate(rotation(["minio", "mongodb"], world())))
        #expect(text == """
            0. rotate runtime/r minio (credentials rotated)
              0 ~ Secret store (credentials rotated)
                  data.password: sensitive -> known after apply
                  metadata.annotations["kreform/generation"]: absent -> "2"
              1 ~ StatefulSet store (credentials rotated) <- 0
                  spec.template.metadata.annotations["kreform/credentials"]: absent -> "minio-2"
            1. rotate runtime/r mongodb (credentials rotated)
              2 + Secret db-next (credentials rotated)
              3 + Job db-next (credentials rotated) <- 2
              4 ~ Secret db (credentials rotated) <- 3
                  data.password: sensitive -> known after apply
                  metadata.annotations["kreform/generation"]: absent -> "2"
              5 ~ Deployment writer (credentials rotated) <- 4
                  spec.template.metadata.annotations["kreform/credentials"]: absent -> "mongodb-2"
            2. update version/r/v1 (credentials rotated) after 1
              6 ~ Deployment v1-node (credentials rotated)
                  spec.template.metadata.annotations["kreform/credentials"]: absent -> "mongodb-2"
            3. retire runtime/r mongodb (credentials rotated) after 1,2
              7 + Job db-retire (credentials rotated)
              8 - Job db-next (credentials rotated) following 3 <- 7
              9 - Job db-retire (credentials rotated) following 7 <- 7
              10 - Secret db-next (credentials rotated) following 2 <- 7,8,9
            warning read-at-start: Pods of 1 object of runtime r read Secret store when they start, and are not restarted
            """)
    }

    @Test func afterItNothingIsLeftToDo() {
        var world = world()
        let (old, kept) = (value(world, "db"), value(world, "db", "key"))
        world.carryOut(world.rotate(rotation(["minio", "mongodb"], world)).plan)
        #expect(value(world, "db") != old && value(world, "db", "key") == kept)
        #expect(lines(world.plan(files(Generations(world.state)))) == "")
        #expect(world.live[address("v1", "Secret", "db-next")] == nil)
        // And once more.
        let again = lines(world.rotate(rotation(["minio"], world)), fields: true)
        #expect(again.contains(#"kreform/generation"]: "2" -> "3""#), "\(again)")
    }

    @Test func oneThatWasCutOffGoesOnFromAnywhere() {
        let whole = world().rotate(rotation(["mongodb"], world())).plan
        for count in 0...whole.changes.count {
            var world = world()
            world.begin()
            for change in whole.changes.prefix(count) { world.carryOut(change) }
            let made = value(world, "db")
            let isSwitched = Generations(world.state).number(of: "mongodb", in: "r") == 2

            // An apply takes nothing of it away, and makes no value anew.
            var applied = world
            let plan = applied.plan(files(Generations(world.state)))
            let isUnderWay = Generations(world.state).unfinished(of: "mongodb", in: "r") != nil
            #expect(plan.diagnostics.map(\.code) == (isUnderWay ? ["rotation-unfinished"] : []), "\(count): \(lines(plan))")
            #expect(!plan.plan.changes.contains { $0.action == .delete }, "\(count): \(lines(plan))")
            applied.carryOut(plan.plan)
            #expect(value(applied, "db") == made)

            for before in [world, applied] {
                var world = before
                guard isUnderWay || !isSwitched else { continue }
                let rest = world.rotate(rotation(["mongodb"], world))
                #expect(!rest.diagnostics.hasErrors, "\(count): \(lines(rest))")
                if isSwitched { #expect(!lines(rest).contains("known after apply"), "\(count): \(lines(rest))") }
                world.carryOut(rest.plan)
                #expect(Generations(world.state).number(of: "mongodb", in: "r") == 2)
                #expect(value(world, "db-next") == nil)
                #expect(lines(world.plan(files(Generations(world.state)))) == "", "\(count)")
            }
        }
    }

    /// The world in which a rotation of the database was cut off after as many changes as it takes until `isReached`.
    private func cutOff(_ isReached: (World) -> Bool) -> World {
        var world = world()
        let whole = world.rotate(rotation(["mongodb"], world)).plan
        world.begin()
        for change in whole.changes where !isReached(world) { world.carryOut(change) }
        return world
    }

    @Test func whatIsToBeTakenOverIsProvedUntilItIsEverywhere() throws {
        let users = address("batch/v1", "Job", "db-next")
        var world = cutOff { $0.live[users] != nil }
        let object = try #require(world.live[users])
        var content = object.content
        content["status"] = ["conditions": [["type": "Complete", "status": "True"]]]
        world.live[users] = LiveObject(content: content, managers: object.managers)
        world.lose(address("v1", "Secret", "db-next"))
        let text = lines(world.rotate(rotation(["mongodb"], world)), fields: false)
        #expect(text.contains("+ Secret db-next"), "\(text)")
        #expect(text.contains("-/+ Job db-next"), "\(text)")
    }

    @Test func whatTookOverLostValuesTakesOverTheOthers() throws {
        // One of two Secrets has them, and the one that they came from is gone.
        var world = world(view: true)
        let whole = world.rotate(rotation(["mongodb"], world, view: true)).plan
        world.begin()
        let view = address("v1", "Secret", "db-view"), next = address("v1", "Secret", "db-next")
        for change in whole.changes where world.state.objects[view]?.applied["metadata"]?["annotations"] == nil { world.carryOut(change) }
        world.lose(next)
        let rest = world.rotate(rotation(["mongodb"], world, view: true))
        let text = lines(rest)
        #expect(text.contains("+ Secret db-next") && text.contains("~ Secret db-view") && text.contains("~ Secret db "), "\(text)")
        #expect(text.split(separator: "\n").filter { $0.hasSuffix("data.password: sensitive -> known after apply") }.count == 2, "\(text)")
        #expect(rest.diagnostics.map(\.summary) == [
            "Secret/e-r/db-next is gone from the cluster, and the new credentials in it with it"
        ])
        world.carryOut(rest.plan)
        #expect(lines(world.plan(files(entities(database: 2, view: true)))) == "")
    }

    @Test func whatReadsNewCredentialsIsRolledBeforeThereAreOthers() {
        var world = world()
        let whole = world.rotate(rotation(["minio"], world)).plan
        world.begin()
        if let first = whole.changes.first { world.carryOut(first) }
        let made = value(world, "store")
        let rest = world.rotate(rotation(["minio"], world))
        #expect(lines(rest) == """
            0. rotate runtime/r minio (credentials rotated, unfinished last time)
              0 = Secret store
              1 ~ StatefulSet store (credentials rotated) <- 0
                  spec.template.metadata.annotations["kreform/credentials"]: absent -> "minio-2"
            """)
        // Whoever rotates something else is told.
        let other = world.rotate(rotation(["mongodb"], world)).diagnostics
        #expect(other.map(\.code) == ["rotation-unfinished"] && other.first?.detail == """
            The new ones are there, and not everything has been restarted to read them: `kreform rotate r minio` goes on with it, and so \
            does an apply.
            """, "\(other)")
        world.carryOut(rest.plan)
        #expect(value(world, "store") == made)
        #expect(Generations(world.state).number(of: "minio", in: "r") == 2)
        world.carryOut(world.rotate(rotation(["minio"], world)).plan)
        #expect(value(world, "store") != made)
        #expect(Generations(world.state).number(of: "minio", in: "r") == 3)
    }

    @Test func aRotationOfAnotherComponentThatWasCutOffIsNamed() {
        let users = address("batch/v1", "Job", "db-next"), node = address("apps/v1", "Deployment", "v1-node")
        for world in [cutOff { $0.live[users] != nil }, cutOff { $0.live[node]?.content["spec"]?["template"]?["metadata"] != nil }] {
            let result = world.rotate(rotation(["minio"], world))
            #expect(result.diagnostics.map(\.code) == ["read-at-start", "rotation-unfinished"], "\(lines(result))")
            #expect(result.diagnostics.last?.detail
                == "Old and new ones are let in until it is finished: `kreform rotate r mongodb` goes on with it.")
        }
    }

    @Test func aRotationThatLostTheNamesOfTheOldOnesEndsWithAWarning() {
        var world = cutOff { Generations($0.state).number(of: "mongodb", in: "r") == 2 }
        world.lose(address("v1", "Secret", "db-next"))
        let rest = world.rotate(rotation(["mongodb"], world))
        let text = lines(rest, fields: false)
        #expect(text.contains("warning old-credentials-stay"), "\(text)")
        #expect(text.contains("+ Job db-retire"), "\(text)")
        #expect(!text.contains("+ Secret db-next"), "\(text)")
        world.carryOut(rest.plan)
        #expect(Generations(world.state).unfinished(of: "mongodb", in: "r") == nil)
        #expect(lines(world.plan(files(Generations(world.state)))) == "")
    }

    @Test func whatElseDiffersIsLeftToAnApply() {
        var world = world()
        world.lose(address("apps/v1", "Deployment", "v1-entrypoint"))
        let text = lines(world.rotate(rotation(["minio"], world, image: "a:2")), fields: false)
        #expect(text == """
            0. rotate runtime/r minio (credentials rotated)
              0 ~ Secret store (credentials rotated)
              1 ~ StatefulSet store (credentials rotated) <- 0
            warning changes-pending: 2 objects of runtime r are not as the files say
            warning read-at-start: Pods of 1 object of runtime r read Secret store when they start, and are not restarted
            """)
        let mixed = lines(world.rotate(rotation(["mongodb"], world, image: "a:2")), fields: false)
        #expect(mixed.contains("error changes-pending: Deployment v1-node differs in more than its credentials"), "\(mixed)")
    }

    @Test func aReaderThatTheFilesNoLongerAskForStandsInTheWay() {
        let world = world()
        let text = lines(world.rotate(rotation(["mongodb"], world, versions: [])))
        #expect(text.contains("error changes-pending: version/r/v1 has pods that the files no longer ask for"), "\(text)")
        #expect(!world.rotate(rotation(["minio"], world, versions: [])).diagnostics.hasErrors)
    }

    @Test func withoutTheSecretOrTheRuntimeThereIsNothingToRotate() {
        var world = world()
        world.lose(address("v1", "Secret", "db"))
        #expect(world.rotate(rotation(["mongodb"], world)).diagnostics.map(\.code).contains("credentials-gone"))
        #expect(World().rotate(rotation(["minio", "mongodb"], World())).diagnostics.map(\.code) == ["nothing-made-yet"])
    }

    @Test func aValueThatSomebodySetIsMadeAnewWithTheRest() throws {
        var world = world()
        let store = address("v1", "Secret", "store")
        world.edit(store, .init("data", "password"), "/data/password", "hmac-sha256:theirs")
        let result = world.rotate(rotation(["minio"], world))
        #expect(!result.diagnostics.hasErrors, "\(lines(result))")
        world.carryOut(result.plan)
        #expect(value(world, "store") != "hmac-sha256:theirs")
    }

    @Test func thePlanIsReadAsItWasWritten() throws {
        let plan = world().rotate(rotation(["minio", "mongodb"], world())).plan
        let text = PlanDocument.value(of: plan).encoded(.pretty)
        #expect(try PlanDocument.read(Array(text.utf8), file: "a.plan") == plan)
    }

    @Test func aRuntimeThatGoesTakesARotationWithIt() {
        var world = world()
        let plan = world.rotate(rotation(["mongodb"], world)).plan
        for change in plan.changes.prefix(4) { world.carryOut(change) }
        let text = lines(world.destroy(), fields: false)
        #expect(text.contains("- Secret db-next") && text.contains("- Job db-next"), "\(text)")
    }
}
