import Testing

/// Packages and their store, as people see them in the sandbox.
@Suite struct PackageStoryTests {
    @Test func packagesGoToTheStoreBeforeVersionsStart() throws {
        let story = Transcript("packages")
        try story.folder.takeRoomPrice()
        story.folder.replace("runtimes:\n", """
            artifacts:
              s3: {endpoint: "https://s3.example.com", bucket: krt}

            runtimes:

            """, in: "kreform.yaml")
        story.folder.replace("status: started", "status: stopped", in: "kreform.yaml")
        try story.run("plan --sandbox")
        try story.run("plan --sandbox --out plan.json")
        try story.run("apply --sandbox --sandbox-speed instant --auto-approve plan.json")
        try story.run("plan --sandbox --detailed-exitcode")
        story.note("The store loses what it had.")
        Folder.shell("rm -r '\(story.folder.path)/state/sandbox/packages'")
        try story.run("plan --sandbox --detailed-exitcode")
        story.note("A package that is another one by now is not stored.")
        try story.run("plan --sandbox --out plan.json")
        Folder.shell("echo >> '\(story.folder.path)/krt/room-price-v1.krt'")
        try story.run("apply --sandbox --sandbox-speed instant --auto-approve plan.json")
        Folder.shell("truncate -s -1 '\(story.folder.path)/krt/room-price-v1.krt'")
        try story.run("apply --sandbox --sandbox-speed instant --auto-approve")
        story.note("What no version refers to any more is only removed when that is asked for.")
        try story.run("artifacts list --sandbox")
        try story.run("artifacts prune --sandbox")
        story.folder.replace("- krt: krt/room-price-v1.krt\n        status: stopped", "", in: "kreform.yaml")
        try story.run("artifacts prune --sandbox")
        try story.run("apply --sandbox --sandbox-speed instant --auto-approve")
        try story.run("artifacts list --sandbox")
        try story.run("artifacts prune --sandbox")
        try story.run("artifacts prune --sandbox --auto-approve")
        try story.run("artifacts list --sandbox")
        story.note("A plan for another store is stale.")
        Folder.shell("rm -r '\(story.folder.path)/state/sandbox/packages'")
        try story.run("plan --sandbox --out plan.json")
        story.folder.replace("bucket: krt", "bucket: other", in: "kreform.yaml")
        try story.run("apply --sandbox --sandbox-speed instant --auto-approve plan.json")
        try story.run("status --sandbox")
        story.compare()
    }
}
