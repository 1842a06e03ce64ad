import Executions
import Foundation
import GRDB

extension StoreFile {
    /// Runs a piece of work on the file, and says in one sentence what went wrong.
    func explaining<Value>(_ body: () throws -> Value) throws(StoreError) -> Value {
        do {
            return try body()
        } catch let error as StoreError {
            throw error
        } catch let error as DatabaseError {
            throw explanation(of: error)
        } catch {
            throw StoreError(.internal, "\(path): \(error)")
        }
    }

    /// What is answered after the end.
    var closed: StoreError { StoreError(.unavailable, "\(path) is closed: the runner is stopping") }

    /// What is said of a file that is not as it was written.
    func damaged(_ details: String) -> StoreError {
        let advice = "stop the runner and put a copy of it back, or move it away to begin anew"
        return StoreError(.dataLoss, "\(path) is damaged (\(details)): \(advice)")
    }

    private func explanation(of error: DatabaseError) -> StoreError {
        let details = error.message ?? "\(error.resultCode)"
        switch error.resultCode {
        case .SQLITE_FULL:
            return StoreError(.unavailable, "the disk with \(path) is full: free some space on it")
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            return StoreError(
                .unavailable,
                "\(path) cannot be written (\(details)): let this user write it and its folder"
            )
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return StoreError(.unavailable, "\(path) is locked by another program: close that program's access to it")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return damaged(details)
        case .SQLITE_CANTOPEN:
            return StoreError(
                .unavailable,
                "\(path) cannot be opened (\(details)): see that its folder is there and that this user may write it"
            )
        case .SQLITE_IOERR:
            return StoreError(
                .unavailable,
                "the disk with \(path) fails (\(error.extendedResultCode), \(details)): see that it is sound"
            )
        case .SQLITE_NOMEM:
            return StoreError(.unavailable, "\(path): not enough memory: free some")
        case .SQLITE_MISUSE where details.contains("closed"):
            return closed
        default:
            return StoreError(.internal, "\(path): SQLite says \(error.extendedResultCode), \(details)")
        }
    }
}

extension StoreError {
    /// What a call of the system's, on a file, failed with.
    static func system(_ what: String, _ path: String, _ number: Int32) -> StoreError {
        let advice =
            switch number {
            case EACCES, EPERM: "let this user write it and its folder, or name another folder with --data-dir"
            case EROFS: "its disk is read-only; name another folder with --data-dir"
            case ENOSPC, EDQUOT: "free some space on its disk"
            case EMFILE, ENFILE: "too many files are open; raise the limit (ulimit -n)"
            default: "name another folder with --data-dir"
            }
        return StoreError(.unavailable, "cannot \(what) \(path) (\(String(cString: strerror(number)))): \(advice)")
    }
}
