/// The files by which a server speaks TLS 1.2 and 1.3, all in PEM.
public struct TLSConfiguration: Sendable, Equatable {
    /// The certificate, and behind it those that lead to its root.
    public var certificateFile: String
    /// The certificate's private key, without a password.
    public var keyFile: String
    /// The roots that callers' certificates must lead to; nil asks callers for none.
    public var clientCAFile: String?

    /// Names the files.
    public init(certificateFile: String, keyFile: String, clientCAFile: String? = nil) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.clientCAFile = clientCAFile
    }
}

/// Why a server cannot speak TLS with the files that it was given.
public struct TLSError: Error, Sendable, CustomStringConvertible {
    /// A sentence that names the file and what is wrong with it.
    public let description: String

    init(_ description: String) { self.description = description }
}
