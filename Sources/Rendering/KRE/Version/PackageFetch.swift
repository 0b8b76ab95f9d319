import Digest
import JSON
import Model

/// The init container that brings a package's files to `/krt-files`: fetched from the store by the package's digest,
/// verified against it, and unpacked. With any failure it starts again, and the pod waits.
struct PackageFetch {
    private let context: VersionContext

    init(_ context: VersionContext) { self.context = context }

    static let containerName = "krt-files"

    var container: Container {
        let part = context.scope.runtime.part(.packageFetcher)
        return Container(
            name: Self.containerName, image: part.image, command: ["/bin/sh", "-c"], args: [Self.script],
            environment: [
                EnvironmentVariable("KREFORM_PACKAGE_URL", url),
                EnvironmentVariable("KREFORM_PACKAGE_SHA256", context.version.solution.digest.hex),
                EnvironmentVariable("KREFORM_PROTO", context.manifest.entrypoint.proto),
                // The region that stores without regions answer to.
                EnvironmentVariable("AWS_REGION", context.scope.artifacts?.signingRegion ?? "us-east-1"),
            ] + credentials + way,
            mounts: [context.files] + (authority == nil ? [] : [Mount(volume: Self.trustVolume, path: Self.trustFolder, readOnly: true)]),
            resources: part.resources,
            security: ContainerSecurity(user: 100, group: 101, readOnlyRoot: true))
    }

    // MARK: The way to the store

    private static let trustVolume = "store-trust"
    private static let trustFolder = "/store-trust"

    /// Beside those that the pod has anyway.
    var volumes: [Volume] { authority.map { [Volume(name: Self.trustVolume, source: .trust($0))] } ?? [] }

    private var authority: CertificateAuthority? { context.scope.artifacts?.authority }

    /// What curl looks for by itself (https://curl.se/docs/manpage.html#ENVIRONMENT). It fetches from the store alone, so that there is
    /// nothing to leave out of the proxy.
    private var way: [EnvironmentVariable] {
        guard let store = context.scope.artifacts else { return [] }
        let proxy = store.proxy.map { EnvironmentVariable(store.endpoint.hasPrefix("https:") ? "https_proxy" : "http_proxy", $0) }
        let trust = authority.map { _ in EnvironmentVariable("CURL_CA_BUNDLE", "\(Self.trustFolder)/\(Volume.trustFile)") }
        return [proxy, trust].compactMap(\.self)
    }

    private var url: String {
        let digest = context.version.solution.digest
        guard let store = context.scope.artifacts else {
            return "\(StackNames.minioAddress)/\(StackNames.bucket)/\(ArtifactStore.key(of: digest))"
        }
        return store.url(ofKey: store.key(of: digest))
    }

    /// Those of the runtime's own store, unless the file names another. A store without credentials is read by anyone.
    private var credentials: [EnvironmentVariable] {
        guard let store = context.scope.artifacts else {
            let secret = StackNames.Secret.minio
            return [
                EnvironmentVariable(StoreKeys.accessName, secret: secret, key: StackNames.Secret.minioUser),
                EnvironmentVariable(StoreKeys.secretName, secret: secret, key: StackNames.Secret.minioPassword),
            ]
        }
        let secret: String
        switch store.access {
        case .anonymous: return []
        case .secret(let name): secret = name
        case .keys: secret = ObjectNames.storeKeys
        }
        return [StoreKeys.accessName, StoreKeys.secretName].map { EnvironmentVariable($0, secret: secret, key: $0) }
            + [EnvironmentVariable(StoreKeys.sessionName, secret: secret, key: StoreKeys.sessionName, isOptional: true)]
    }

    /// For the shell, curl, tar and coreutils of busybox. Begins anew each time, so that a restart at any point mends it.
    /// S3 wants the digest of the empty body among what is signed, which not every curl adds by itself.
    /// Credentials go to curl by its standard input, where no list of processes shows them. The folder itself belongs to
    /// another user, hence the one inside it; and as other users' programs read the files, all may.
    private static let script = #"""
        set -eu
        cd /krt-files
        find . -mindepth 1 -maxdepth 1 -exec rm -rf {} +
        credentials() {
          [ -n "${AWS_ACCESS_KEY_ID:-}" ] || return 0
          printf '%s:%s\n' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" | sed 's/[\\"]/\\&/g; s/^/user = "/; s/$/"/'
          [ -z "${AWS_SESSION_TOKEN:-}" ] || printf 'header = "x-amz-security-token: %s"\n' "$AWS_SESSION_TOKEN"
          printf 'header = "x-amz-content-sha256: %s"\n' e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
          printf 'aws-sigv4 = "aws:amz:%s:s3"\n' "$AWS_REGION"
        }
        credentials | curl --config - --fail --silent --show-error --retry 10 --retry-all-errors --retry-max-time 120 \
          --connect-timeout 10 --output .package.krt "$KREFORM_PACKAGE_URL"
        echo "$KREFORM_PACKAGE_SHA256  .package.krt" | sha256sum -c -
        mkdir .unpacked
        tar -xzf .package.krt -C .unpacked
        rm .package.krt
        chmod -R a+rX .unpacked
        find .unpacked -mindepth 1 -maxdepth 1 -exec mv {} . \;
        rmdir .unpacked
        if [ "$KREFORM_PROTO" != public_input.proto ]; then cp "$KREFORM_PROTO" public_input.proto; fi

        """#
}
