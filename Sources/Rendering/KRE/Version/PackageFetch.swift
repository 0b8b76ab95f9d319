import Digest
import JSON
import Model

/// The init container that brings a package's files to `/krt-files`: fetched from the store by the package's digest,
/// verified against it, and unpacked. With any failure it starts again, and the pod waits.
struct PackageFetch {
    private let context: VersionContext

    init(_ context: VersionContext) { self.context = context }

    /// Keys of a Secret with a store's credentials, as AWS names them.
    static let accessKey = "AWS_ACCESS_KEY_ID"
    static let secretKey = "AWS_SECRET_ACCESS_KEY"

    /// Where a package lies in its bucket.
    static func objectKey(_ package: Package) -> String { "krt/sha256/\(package.digest.hex).krt" }

    var container: Container {
        Container(
            name: "krt-files", image: Images.fetch, command: ["/bin/sh", "-c"], args: [Self.script],
            environment: [
                EnvironmentVariable("KREFORM_PACKAGE_URL", url),
                EnvironmentVariable("KREFORM_PACKAGE_SHA256", context.version.solution.digest.hex),
                EnvironmentVariable("KREFORM_PROTO", context.manifest.entrypoint.proto),
                // The region that stores without regions answer to.
                EnvironmentVariable("AWS_REGION", context.scope.artifacts?.region ?? "us-east-1"),
            ] + credentials,
            mounts: [context.files], resources: Resources(cpu: "50m", memory: "64Mi", memoryLimit: "256Mi"),
            security: ContainerSecurity(user: 100, group: 101, readOnlyRoot: true))
    }

    private var url: String {
        let endpoint = context.scope.artifacts?.endpoint ?? StackNames.minioAddress
        let bucket = context.scope.artifacts?.bucket ?? StackNames.bucket
        let base = endpoint.last == "/" ? String(endpoint.dropLast()) : endpoint
        return "\(base)/\(bucket)/\(Self.objectKey(context.version.solution))"
    }

    /// Those of the runtime's own store, unless the file names another. A store without credentials is read by anyone.
    private var credentials: [EnvironmentVariable] {
        guard let store = context.scope.artifacts else {
            let secret = StackNames.Secret.minio
            return [
                EnvironmentVariable(Self.accessKey, secret: secret, key: StackNames.Secret.minioUser),
                EnvironmentVariable(Self.secretKey, secret: secret, key: StackNames.Secret.minioPassword),
            ]
        }
        guard let secret = store.credentialsSecret else { return [] }
        return [Self.accessKey, Self.secretKey].map { EnvironmentVariable($0, secret: secret, key: $0) }
    }

    /// For the shell, curl, tar and coreutils of busybox. Begins anew each time, so that a restart at any point mends it.
    /// Credentials go to curl by its standard input, where no list of processes shows them. The folder itself belongs to
    /// another user, hence the one inside it; and as other users' programs read the files, all may.
    private static let script = #"""
        set -eu
        cd /krt-files
        find . -mindepth 1 -maxdepth 1 -exec rm -rf {} +
        credentials() {
          [ -n "${AWS_ACCESS_KEY_ID:-}" ] || return 0
          printf '%s:%s\n' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" | sed 's/[\\"]/\\&/g; s/^/user = "/; s/$/"/'
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
