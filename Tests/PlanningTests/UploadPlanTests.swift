import Digest
import Model
import Planning
import Testing

@Suite struct UploadPlanTests {
    private func files(_ status: VersionStatus, uploads: Bool = true, own: Bool = false) -> RenderedState {
        var runtime = R("r", [V("v1", status)])
        runtime.uploads = uploads
        runtime.hasOwnStore = own
        return desired(runtime)
    }

    private var stored: Set<PackagePlace> { Set(files(.started).entities.compactMap(\.upload?.place)) }

    @Test func aPackageIsUploadedBeforeItsVersionIsKnownAndStarts() {
        #expect(lines(World().plan(files(.started)), fields: false) == """
            0. create-runtime runtime/r (new in file)
              0 + Namespace e-r (new in file)
              1 + Secret mongo (new in file) unchecked <- 0
              2 + StatefulSet nats (new in file) unchecked <- 0,1
            1. upload-package version/r/v1 (new in file)
            2. create-version version/r/v1 ->stopped (new in file) after 0,1
            3. start version/r/v1 stopped>started (new in file) after 0,1,2
              3 + Secret v1-conf (new in file) unchecked
              4 + Deployment v1-etl (new in file) unchecked <- 3
              5 + Service v1 (new in file) unchecked <- 4
            """)
    }

    @Test func aStoppedVersionsPackageIsStoredToo() {
        let steps = World().plan(files(.stopped)).plan.steps
        #expect(steps.map(\.action) == [.createRuntime, .upload, .createVersion])
        #expect(steps[1].upload?.place == stored.first)
    }

    @Test func whatTheStoreHasIsNotUploaded() {
        var world = World()
        world.stored = stored
        #expect(world.plan(files(.started)).plan.steps.map(\.action) == [.createRuntime, .createVersion, .start])
    }

    @Test func aPackageThatTheStoreLostIsUploadedAgain() {
        var world = World()
        world.stored = stored
        world.bring(files(.published))
        #expect(lines(world.plan(files(.published))) == "")
        world.stored = []
        #expect(lines(world.plan(files(.published))) == "0. upload-package version/r/v1 (missing in store)")
    }

    @Test func theRuntimesOwnStoreIsMadeBeforeAnythingGoesThere() {
        let steps = World().plan(files(.started, own: true)).plan.steps
        #expect(steps.map(\.action) == [.createRuntime, .upload, .createVersion, .start])
        #expect(steps[1].predecessors == [steps[0].id])
        #expect(steps[1].upload.map { "\($0.place)" }?.hasSuffix(".krt in e-r") == true)
        var world = World()
        world.stored = stored
        // What another store has is not there.
        #expect(world.plan(files(.started, own: true)).plan.uploads.count == 1)
    }

    @Test func aPackageGoesToTheOtherStoreWhenTheFileNamesAnother() {
        var world = World()
        world.bring(files(.started))
        world.stored = stored
        let plan = world.plan(files(.started, own: true))
        #expect(lines(plan, fields: false) == "0. upload-package version/r/v1 (missing in store)")
    }

    @Test func aStoreThatKeepsSilentGetsWhatIsToBegin() {
        var world = World()
        world.unknown = Set(files(.started, own: true).entities.compactMap(\.upload?.place))
        // A new version, as if its store had nothing.
        #expect(world.plan(files(.started, own: true)).plan.uploads.count == 1)
        world.bring(files(.stopped, own: true))
        // Nothing begins with what is stopped or runs on as it is.
        #expect(lines(world.plan(files(.stopped, own: true))) == "")
        #expect(lines(world.plan(files(.started, own: true)), fields: false).hasPrefix("""
            0. upload-package version/r/v1 (store does not answer)
            1. start version/r/v1 stopped>started (changed in file) after 0
            """))
        world.bring(files(.started, own: true))
        #expect(lines(world.plan(files(.started, own: true))) == "")
        // Pods that roll fetch it again.
        world.live = world.live.filter { $0.key.kind != "Deployment" }
        #expect(lines(world.plan(files(.started, own: true)), fields: false) == """
            0. upload-package version/r/v1 (store does not answer)
            1. update version/r/v1 (missing in cluster) after 0
              0 + Deployment v1-etl (missing in cluster)
            """)
    }

    @Test func withoutAStoreNothingIsUploaded() {
        #expect(World().plan(files(.started, uploads: false)).plan.uploads.isEmpty)
    }

    @Test func savedPlansKeepUploads() throws {
        for own in [false, true] {
            let plan = World().plan(files(.started, own: own)).plan
            #expect(plan.uploads.count == 1)
            let document = PlanDocument.value(of: plan)
            let read = try PlanDocument.read(document, file: "p")
            #expect(read.uploads == plan.uploads)
            #expect(PlanDocument.value(of: read) == document)
        }
    }
}
