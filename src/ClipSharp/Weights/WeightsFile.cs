using System.Buffers.Binary;
using ClipSharp.Weights.PyTorch;

namespace ClipSharp.Weights;

/// <summary>Opens a file of weights by what it is. Its first bytes decide, once: the frames below exclude one another, so no file
/// is ever tried with a second parser.</summary>
public static class WeightsFile
{
    private const int HeadLength = 512;

    /// <summary>Maps a file and checks its structure; the tensors' bytes are read when asked for.</summary>
    /// <exception cref="ClipException">It is absent (NoInput), of no known kind or breaks a rule of its format
    /// (Data).</exception>
    public static IWeightsFile Open(string path) => Read(MappedFile.Open(path));

    /// <summary>The same for a file that is in memory already.</summary>
    /// <param name="content">The whole file; pinned, not copied.</param>
    /// <param name="name">For messages.</param>
    /// <exception cref="ClipException">It is of no known kind or breaks a rule of its format.</exception>
    public static IWeightsFile Parse(byte[] content, string name) => Read(MappedFile.Over(content, name));

    private static IWeightsFile Read(MappedFile file)
    {
        var head = file.Span(0, (int)Math.Min(HeadLength, file.Length));
        if (SafetensorsFile.IsOne(head, file.Length))
        {
            return SafetensorsFile.Read(file);
        }

        if (ZipDirectory.IsOne(head))
        {
            return TorchArchive.Read(file);
        }

        if (LegacyTorchFile.IsOne(head))
        {
            return LegacyTorchFile.Read(file);
        }

        var found = Describe(head);
        file.Dispose();
        throw new ClipException(ClipError.Data, "The file holds no weights that are known", $"{file.Path}, byte 0", found,
            "safetensors, a PyTorch zip or a TorchScript archive", "Check the path; fetch the file again.");
    }

    private static string Describe(ReadOnlySpan<byte> head) => head switch
    {
        [] => "an empty file",
        _ when head.StartsWith("version https://git-lfs"u8) => "a pointer of git-lfs instead of the file itself",
        _ when head.Length >= 262 && head[257..].StartsWith("ustar"u8) => "a tar archive",
        [0x1f, 0x8b, ..] => "a gzip file",
        [0x80, < 6, ..] => "a bare pickle",
        [(byte)'<', ..] => "a web page",
        { Length: < 8 } => $"{head.Length} bytes",
        _ => $"the bytes {BinaryPrimitives.ReadUInt64BigEndian(head):x16}",
    };
}
