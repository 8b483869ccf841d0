using Microsoft.Win32.SafeHandles;

namespace ClipSharp.Files.Reading;

/// <summary>What stands in for disk and clock where failing reads are tried.</summary>
/// <param name="Read">Sees the path of each read before it happens, and may throw in its place.</param>
/// <param name="Pause">Gets each pause, and need not make it.</param>
internal sealed record ReadTrial(Action<string> Read, Action<TimeSpan> Pause);

/// <summary>Reading from disks that fail for a moment, as those behind a network do: done again, from the opening of the file
/// on, after growing pauses.</summary>
internal static class SteadyRead
{
    private static readonly TimeSpan[] Pauses =
        [TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(400), TimeSpan.FromMilliseconds(1600)];

    /// <summary>The trial of the current flow of work; null outside such trials.</summary>
    public static AsyncLocal<ReadTrial?> Trial { get; } = new();

    /// <summary>The result of reading a file.</summary>
    /// <param name="path">The file, for the message.</param>
    /// <param name="read">Opens and reads it. A file that is not there is its own matter, and so is a missing permission.</param>
    /// <exception cref="ClipException">The disk failed four times, within 2.1 seconds and what it took to say so
    /// (InputOutput).</exception>
    public static T Of<T>(string path, Func<T> read)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                return read();
            }
            catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException))
            {
                if (tries == Pauses.Length)
                {
                    throw new ClipException(ClipError.InputOutput, "Reading failed", path, e.Message,
                        "bytes within four tries and two seconds", "Look at the disk or the network, then go on.", e);
                }

                Pause(Pauses[tries]);
            }
        }
    }

    /// <summary>All bytes of a file.</summary>
    /// <param name="path">An existing file; a link is followed.</param>
    /// <exception cref="ClipException">The disk fails (InputOutput).</exception>
    public static byte[] All(string path)
    {
        using var file = new SteadyFile(path);
        var bytes = new byte[file.Length];
        var count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return count == bytes.Length ? bytes : bytes[..count];
    }

    /// <summary>What is asked of a file without opening it, or of a folder.</summary>
    /// <param name="path">Which.</param>
    /// <param name="look">Asks; nothing of it may be left for later.</param>
    /// <exception cref="ClipException">The disk fails (InputOutput).</exception>
    public static T Look<T>(string path, Func<T> look) => Of(path, () =>
    {
        Trial.Value?.Read(path);
        return look();
    });

    /// <summary>Reads from an offset of an open file.</summary>
    /// <returns>How many bytes; fewer than asked only at the end of the file.</returns>
    public static int At(SafeFileHandle file, string path, Span<byte> bytes, long offset)
    {
        Trial.Value?.Read(path);
        var done = 0;
        for (var count = 1; count > 0 && done < bytes.Length; done += count)
        {
            count = RandomAccess.Read(file, bytes[done..], offset + done);
        }

        return done;
    }

    private static void Pause(TimeSpan pause)
    {
        if (Trial.Value is { } trial)
        {
            trial.Pause(pause);
        }
        else
        {
            Thread.Sleep(pause);
        }
    }
}
