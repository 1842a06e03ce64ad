import ArgumentParser
import Foundation
import HTTPServer
import Logging

/// The files by which the service speaks TLS.
struct TLSOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Speak TLS with this certificate, its chain behind it, in PEM; SIGHUP reads it anew. STIGMER_TLS_CERT.",
            valueName: "file"
        ),
        completion: .file()
    )
    var tlsCert: String?

    @Option(
        help: ArgumentHelp("The certificate's key, in PEM. STIGMER_TLS_KEY.", valueName: "file"),
        completion: .file()
    )
    var tlsKey: String?

    @Option(
        help: ArgumentHelp(
            "Answer only callers whose certificate leads to one of these roots, in PEM. STIGMER_TLS_CLIENT_CA.",
            valueName: "file"
        ),
        completion: .file()
    )
    var tlsClientCa: String?

    /// The files; nil if the service speaks plain HTTP.
    func configuration(_ settings: Settings) throws(StartError) -> TLSConfiguration? {
        let certificate = try settings.path("tls-cert", tlsCert)
        let key = try settings.path("tls-key", tlsKey)
        let clientCA = try settings.path("tls-client-ca", tlsClientCa)
        if let certificate, let key {
            return TLSConfiguration(certificateFile: certificate, keyFile: key, clientCAFile: clientCA)
        }
        if certificate == nil && key == nil && clientCA == nil { return nil }
        throw StartError("TLS needs both --tls-cert and --tls-key")
    }
}

/// Keeps a server's certificate up to date: read at the start and again at every SIGHUP.
struct CertificateFiles {
    let configuration: TLSConfiguration
    let logger: Logger

    /// Reads the files.
    func read() throws(StartError) -> TLSContext {
        do {
            let context = try TLSContext(configuration)
            let expires = context.expires.formatted(.iso8601)
            if context.expires < Date() {
                logger.warning("the certificate in \(configuration.certificateFile) has expired: \(expires)")
            }
            return context
        } catch {
            throw StartError(error.description)
        }
    }

    /// Takes the files up anew for connections to come; if they cannot be used, those in use stay.
    func reread(for server: HTTPServer) {
        do {
            server.useTLS(try read())
            logger.notice("the certificate has been read anew")
        } catch {
            logger.error("the certificate in use stays: \(error)")
        }
    }
}
