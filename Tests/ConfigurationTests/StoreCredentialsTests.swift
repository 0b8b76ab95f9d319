import Configuration
import Digest
import Model
import Testing

/// Where the keys to the package store come from.
@Suite struct StoreCredentialsTests {
    private func load(
        _ credentials: String?, environment: [String: String] = [:], files: [(String, String)] = []
    ) async throws -> (store: ArtifactStore?, problems: String) {
        let line = credentials.map { "\n    credentials: \($0)" } ?? ""
        let text = """
            kreform: v1
            engine: demo
            artifacts:
              s3:
                endpoint: https://s3.example.com
                bucket: krt\(line)
            """
        let folder = try TestFolder([("kreform.yaml", text)] + files)
        var environment = environment
        if environment["HOME"] == nil { environment["HOME"] = folder.path }
        let loaded = await folder.load(Inputs(environment: environment))
        return (loaded.desired?.artifacts, folder.text(loaded.diagnostics))
    }

    private static let inEnvironment = ["AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "env-secret"]
    private static func keys(_ access: String, _ secret: String, _ session: String? = nil) -> StoreKeys {
        StoreKeys(
            access: SensitiveValue(access), secret: SensitiveValue(secret), session: session.map { SensitiveValue($0) })
    }

    private static let profiles = """
        # people's own
        [default]
        aws_access_key_id = AKIADEFAULT
        aws_secret_access_key = default-secret

        [build]
        aws_access_key_id=AKIABUILD
        aws_secret_access_key=a=b/c+d==
        aws_session_token = tok
        s3 =
            aws_access_key_id = nested
        [empty]
        """

    @Test func theEnvironmentGivesKeysToUploadsAndPods() async throws {
        let found = try await load("env", environment: Self.inEnvironment.merging(["AWS_SESSION_TOKEN": "t"]) { $1 })
        #expect(found.problems == "")
        #expect(found.store?.keys == Self.keys("AKIAENV", "env-secret", "t"))
        #expect(found.store?.access == .keys)
    }

    @Test func anEnvironmentWithoutKeysIsAnError() async throws {
        let found = try await load("env", environment: ["AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": ""])
        #expect(found.problems == """
            Error: The environment variable `AWS_SECRET_ACCESS_KEY` is not set [missing-credentials]
              kreform.yaml:7:18
                7 │     credentials: env
                  │                  ^^^
              The store's keys are taken from them. Set them where kreform runs, or name a
              profile: `credentials: {profile: NAME}`.

            """)
    }

    @Test func aNamedProfileWinsOverTheEnvironment() async throws {
        let found = try await load(
            "{profile: build}", environment: Self.inEnvironment, files: [(".aws/credentials", Self.profiles)])
        #expect(found.problems == "")
        #expect(found.store?.keys == Self.keys("AKIABUILD", "a=b/c+d==", "tok"))
        #expect(found.store?.access == .keys)
    }

    @Test func profilesStandInEitherFileWhereverItIs() async throws {
        let config = "[profile build]\naws_access_key_id = AKIACONFIG\naws_secret_access_key = s\nregion = eu-north-1\n"
        #expect(try await load("{profile: build}", files: [(".aws/config", config)]).store?.keys == Self.keys("AKIACONFIG", "s"))
        let folder = try TestFolder([("keys", Self.profiles)])
        let elsewhere = try await load("{profile: default}", environment: ["AWS_SHARED_CREDENTIALS_FILE": folder.path + "/keys"])
        #expect(elsewhere.store?.keys == Self.keys("AKIADEFAULT", "default-secret"))
    }

    @Test func aProfileThatIsNotThereIsAnErrorWithANearName() async throws {
        let found = try await load("{profile: biuld}", files: [(".aws/credentials", Self.profiles)])
        #expect(found.problems == """
            Error: There is no AWS profile `biuld` [missing-credentials]
              kreform.yaml:7:28
                7 │     credentials: {profile: biuld}
                  │                            ^^^^^
              Did you mean `build`? Looked in `.aws/credentials`.

            """)
    }

    @Test func aProfileWithoutKeysOfItsOwnSaysHowToGetSome() async throws {
        let role = "[profile ci]\nrole_arn = arn:aws:iam::1:role/ci\nsource_profile = default\n"
        let found = try await load("{profile: ci}", files: [(".aws/config", role)])
        #expect(found.problems.contains("The AWS profile `ci` has no keys [missing-credentials]"))
        #expect(found.problems.contains("aws configure export-credentials --profile ci --format env"))
        #expect(try await load("{profile: empty}", files: [(".aws/credentials", Self.profiles)]).problems
            .contains("It takes `aws_access_key_id` and `aws_secret_access_key`"))
    }

    @Test func aSecretIsForPodsAndUploadsTakeWhatThereIs() async throws {
        let alone = try await load("{secret: krt-store}")
        #expect(alone.store?.access == .secret("krt-store"))
        #expect(alone.store?.keys == nil)
        let both = try await load("{secret: krt-store, profile: build}", files: [(".aws/credentials", Self.profiles)])
        #expect(both.store?.access == .secret("krt-store"))
        #expect(both.store?.keys == Self.keys("AKIABUILD", "a=b/c+d==", "tok"))
        #expect(try await load("{secret: krt-store}", environment: Self.inEnvironment).store?.keys == Self.keys("AKIAENV", "env-secret"))
    }

    @Test func withoutCredentialsAnyoneReadsAndUploadsTakeWhatThereIs() async throws {
        #expect(try await load(nil).store?.access == .anonymous)
        #expect(try await load(nil).store?.keys == nil)
        let found = try await load(nil, environment: ["AWS_PROFILE": "build"], files: [(".aws/credentials", Self.profiles)])
        #expect(found.store?.keys == Self.keys("AKIABUILD", "a=b/c+d==", "tok"))
        #expect(found.store?.access == .anonymous)
    }

    @Test func whatTakesThingsAwayNeedsNoKeys() async throws {
        let folder = try TestFolder([("kreform.yaml", """
            kreform: v1
            engine: demo
            artifacts: {s3: {endpoint: "http://s3", bucket: krt, credentials: env}}
            """)])
        let loaded = await folder.load(Inputs(environment: [:]))
        #expect(loaded.desired == nil)
        #expect(loaded.outline?.engine == "demo")
    }

    @Test func keysOfObjectsAndURLsFollowFromTheSettings() {
        let digest = SHA256Digest(of: [1])
        let store = ArtifactStore(endpoint: "https://s3.example.com", bucket: "krt", prefix: "team/a", pathStyle: false)
        let key = store.key(of: digest)
        #expect(key == "team/a/krt/sha256/\(digest.hex).krt")
        #expect(store.url(ofKey: key) == "https://krt.s3.example.com/\(key)")
        #expect(ArtifactStore(endpoint: "http://s3:9000", bucket: "krt").url(ofKey: "k") == "http://s3:9000/krt/k")
    }
}
