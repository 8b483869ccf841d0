namespace ClipSharp.Files;

/// <summary>A file that one process holds at a time; the system gives it free when the process ends, however it does.</summary>
internal static class LockFile
{
    private const int BufferLength = 1 << 18;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    // EWOULDBLOCK on Linux and on macOS; sharing and lock violation on Windows.
    private static readonly int[] InUse = [11, 35, unchecked((int)0x80070020), unchecked((int)0x80070021)];

    /// <summary>Whether a file could not be opened because others have it open.</summary>
    public static bool IsInUse(IOException failure) => InUse.Contains(failure.HResult);

    /// <summary>A file that is new or there already, which nobody else has open.</summary>
    public static FileStreamOptions Alone(FileAccess access) => new()
    {
        Mode = FileMode.OpenOrCreate,
        Access = access,
        Share = FileShare.None,
        BufferSize = BufferLength,
    };

    /// <summary>Waits until nobody else holds it.</summary>
    /// <param name="path">The file; made where it is not there, and left there.</param>
    /// <param name="waiting">Told before each wait.</param>
    /// <param name="delay">Waits.</param>
    /// <param name="cancel">Stops it.</param>
    /// <returns>Holds it until it is disposed of.</returns>
    public static async Task<IDisposable> TakeAsync(string path, Action waiting, Func<TimeSpan, CancellationToken, Task> delay,
        CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                return DurableStorage.Create(path, Alone(FileAccess.ReadWrite));
            }
            catch (IOException e) when (IsInUse(e))
            {
                waiting();
                await delay(Poll, cancel).ConfigureAwait(false);
            }
        }
    }
}
