using System.IO.Compression;
using ClipSharp.Weights;

namespace ClipSharp.Testing;

/// <summary>Opens reference values.</summary>
public static class Fixtures
{
    /// <summary>Tensors of a fixture, such as "vit-tiny/expected.safetensors" or "pixels/decoded.safetensors.gz". Skips when
    /// absent.</summary>
    public static SafetensorsFile OpenSafetensors(string relative)
    {
        var path = SharedFiles.Fixture(relative);
        return path.EndsWith(".gz", StringComparison.Ordinal)
            ? SafetensorsFile.Parse(Unzipped(path), path)
            : SafetensorsFile.Open(path);
    }

    /// <summary>The content of a fixture, taken out of gzip where it is. Skips when absent.</summary>
    public static byte[] Bytes(string relative)
    {
        var path = SharedFiles.Fixture(relative);
        return path.EndsWith(".gz", StringComparison.Ordinal) ? Unzipped(path) : File.ReadAllBytes(path);
    }

    private static byte[] Unzipped(string path)
    {
        using var zipped = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var content = new MemoryStream();
        zipped.CopyTo(content);
        return content.ToArray();
    }
}
