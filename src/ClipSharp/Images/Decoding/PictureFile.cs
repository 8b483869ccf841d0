using ClipSharp.Files;
using ClipSharp.Files.Reading;
using ClipSharp.Images.Formats;
using Microsoft.Win32.SafeHandles;

namespace ClipSharp.Images.Decoding;

/// <summary>The bytes of picture files and streams, never more than a picture may have.</summary>
internal static class PictureFile
{
    /// <summary>How many bytes of a file are worth reading: those of its head where they are no picture's; else one more than a
    /// picture may have, by which the decoder knows that it is too large. What lies further behind is no picture's.</summary>
    public static int Worth(SafeFileHandle file, string path, long offset, long fileBytes, DecodeLimits limits)
    {
        var length = (int)Math.Min(fileBytes, limits.MaxFileBytes + 1L);
        Span<byte> head = stackalloc byte[Math.Min(length, PictureFormat.HeadLength)];
        return SteadyRead.At(file, path, head, offset) == head.Length && PictureFormat.Of(head) is null ? head.Length : length;
    }

    /// <summary>Reads a file, undecoded.</summary>
    /// <exception cref="ClipException">It is not there (NoInput) or the disk fails (InputOutput).</exception>
    public static byte[] Read(string path, DecodeLimits? limits = null)
    {
        try
        {
            return SteadyRead.Of(path, () =>
            {
                // A device has no length and would be read without end.
                var length = LinkedFile.Of(path).Length;
                if (length == 0)
                {
                    return [];
                }

                using var file = File.OpenHandle(path);
                var bytes = GC.AllocateUninitializedArray<byte>(Worth(file, path, 0, length, limits ?? DecodeLimits.Default));
                var count = SteadyRead.At(file, path, bytes, 0);
                return count == bytes.Length ? bytes : bytes[..count];
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var found = e is FileNotFoundException or DirectoryNotFoundException ? "nothing there" : e.Message;
            throw new ClipException(
                ClipError.NoInput, "The picture cannot be read", path, found, "a picture file", "Check the path.", e);
        }
    }

    /// <summary>Reads a stranger's stream, undecoded.</summary>
    /// <exception cref="ClipException">It is too large (Data).</exception>
    public static async Task<byte[]> ReadAsync(Stream stream, string where, DecodeLimits limits, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var file = new MemoryStream();
        var part = new byte[1 << 16];
        for (var count = await stream.ReadAsync(part, cancel).ConfigureAwait(false); count > 0;
            count = await stream.ReadAsync(part, cancel).ConfigureAwait(false))
        {
            file.Write(part, 0, count);
            if (file.Length > limits.MaxFileBytes)
            {
                throw PictureRefusal.Of(PictureFault.TooLarge, file.ToArray(), where, limits);
            }
        }

        return file.ToArray();
    }
}
