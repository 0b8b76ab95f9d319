import Files
import Model
import Schema

/// Finds the keys to a package store where AWS's own programs do: the environment and the files of profiles
/// (https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html).
struct StoreCredentials {
    let environment: [String: String]

    private static let limit = 1 << 20

    /// The store with its keys. What is asked for and not to be had is reported.
    func store(_ declared: DeclaredStore, _ report: inout Report) -> ArtifactStore {
        let access: ArtifactStore.PodAccess
        let keys: StoreKeys?
        switch declared.credentials?.value {
        case nil, .unreadable:
            access = .anonymous
            keys = environmentKeys ?? defaultProfile
        case .environment:
            access = .keys
            keys = environmentKeys
            if keys == nil, let span = declared.credentials?.span { reportEnvironment(at: span, &report) }
        case .named(let secret, let profile):
            access = secret.map { .secret($0) } ?? .keys
            if let profile {
                keys = self.profile(profile, &report)
            } else {
                keys = environmentKeys ?? defaultProfile
            }
        }
        return ArtifactStore(
            endpoint: declared.endpoint, bucket: declared.bucket, region: declared.region, prefix: declared.prefix,
            pathStyle: declared.pathStyle, access: access, authority: declared.authority, proxy: declared.proxy, keys: keys)
    }

    /// Nil unless both are set and not empty.
    private var environmentKeys: StoreKeys? {
        guard let access = value(StoreKeys.accessName), let secret = value(StoreKeys.secretName) else { return nil }
        return StoreKeys(
            access: SensitiveValue(access), secret: SensitiveValue(secret),
            session: value(StoreKeys.sessionName).map { SensitiveValue($0) })
    }

    private func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

    private func reportEnvironment(at span: SourceSpan, _ report: inout Report) {
        let missing = [StoreKeys.accessName, StoreKeys.secretName].filter { value($0) == nil }
        report.add(
            code: "missing-credentials",
            summary: missing.count == 1
                ? "The environment variable \(Wording.code(missing[0])) is not set"
                : "The environment variables \(Wording.list(missing)) are not set",
            detail: "The store's keys are taken from them. Set them where kreform runs, or name a profile: "
                + "`credentials: {profile: NAME}`.", at: span)
    }

    // MARK: Profiles

    /// The paths of the two files: keys win where they stand in the first.
    private var files: [String] {
        let home = value("HOME").map { $0 + "/.aws/" } ?? ""
        let credentials = value("AWS_SHARED_CREDENTIALS_FILE") ?? (home.isEmpty ? nil : home + "credentials")
        let config = value("AWS_CONFIG_FILE") ?? (home.isEmpty ? nil : home + "config")
        return [credentials, config].compactMap(\.self)
    }

    /// That of `AWS_PROFILE`, or `default`; without a word when there is none.
    private var defaultProfile: StoreKeys? {
        let name = value("AWS_PROFILE") ?? "default"
        for file in files {
            guard let bytes = try? LocalFile.readRegular(file, limit: Self.limit) else { continue }
            if let keys = AWSProfiles(bytes)[name].flatMap(Self.keys) { return keys }
        }
        return nil
    }

    private func profile(_ name: Located<String>, _ report: inout Report) -> StoreKeys? {
        var names: Set<String> = []
        var read: [String] = []
        var found: [String: String]?
        for file in files {
            let profiles: AWSProfiles
            do throws(LocalFile.Failure) {
                profiles = AWSProfiles(try LocalFile.readRegular(file, limit: Self.limit))
            } catch {
                guard !error.isAbsent else { continue }
                report.add(
                    code: "unreadable-file", summary: "The file \(Wording.path(file)) cannot be read: \(error.reason)",
                    detail: "Profiles are looked for in it.", at: name.span)
                continue
            }
            read.append(file)
            names.formUnion(profiles.names)
            guard let profile = profiles[name.value] else { continue }
            if let keys = Self.keys(profile) { return keys }
            found = (found ?? [:]).merging(profile) { first, _ in first }
        }
        report.add(Self.complaint(name, found: found, names: names.sorted(), read: read, looked: files))
        return nil
    }

    private static func complaint(
        _ name: Located<String>, found: [String: String]?, names: [String], read: [String], looked: [String]
    ) -> Diagnostic {
        let places = (read.isEmpty ? looked : read).map { Wording.path($0) }.joined(separator: " and ")
        guard let found else {
            let near = nearest(to: name.value, among: names).map { "Did you mean \(Wording.code($0))? " } ?? ""
            let advice = read.isEmpty
                ? "There is no \(looked.isEmpty ? "home folder to look in" : looked.map { Wording.path($0) }.joined(separator: " or ")). "
                    + "Make the profile with `aws configure --profile \(name.value)`, or set AWS_SHARED_CREDENTIALS_FILE."
                : "\(near)Looked in \(places)."
            return Diagnostic(
                code: "missing-credentials", summary: "There is no AWS profile \(Wording.code(name.value))", detail: advice,
                span: name.span)
        }
        let other = ["credential_process", "sso_session", "sso_start_url", "role_arn", "credential_source", "web_identity_token_file"]
            .first { found[$0] != nil }
        let detail = other.map {
            "It gets its keys by \(Wording.code($0)), which other programs have to ask for: "
                + "`eval \"$(aws configure export-credentials --profile \(name.value) --format env)\"` puts them into the "
                + "environment; write `credentials: env` then."
        } ?? "It takes `aws_access_key_id` and `aws_secret_access_key`, in \(places)."
        return Diagnostic(
            code: "missing-credentials", summary: "The AWS profile \(Wording.code(name.value)) has no keys", detail: detail,
            span: name.span)
    }

    private static func keys(_ profile: [String: String]) -> StoreKeys? {
        guard let access = profile["aws_access_key_id"], let secret = profile["aws_secret_access_key"], !access.isEmpty,
            !secret.isEmpty
        else { return nil }
        return StoreKeys(
            access: SensitiveValue(access), secret: SensitiveValue(secret),
            session: profile["aws_session_token"].flatMap { $0.isEmpty ? nil : SensitiveValue($0) })
    }
}
