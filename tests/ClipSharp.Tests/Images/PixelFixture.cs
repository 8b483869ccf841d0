using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using ClipSharp.Images;
using ClipSharp.Images.Decoding;
using ClipSharp.Weights;

namespace ClipSharp.Tests.Images;

/// <summary>The folder pixels/ of the reference values: pictures, and what Pillow and torchvision make of them.</summary>
internal static class PixelFixture
{
    /// <summary>The names of all pictures.</summary>
    public static TheoryData<string> Pictures =>
        [.. Manifest.GetProperty("pictures").EnumerateObject().Select(picture => picture.Name)];

    public static JsonElement Manifest { get; } = JsonDocument
        .Parse(File.ReadAllText(SharedFiles.Fixture("pixels/manifest.json"))).RootElement;

    public static SafetensorsFile Open(string name)
    {
        using var stream = new GZipStream(File.OpenRead(SharedFiles.Fixture($"pixels/{name}.safetensors.gz")),
            CompressionMode.Decompress);
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return SafetensorsFile.Parse(content.ToArray(), name);
    }

    public static RgbImage Picture(SafetensorsFile file, string name)
    {
        var shape = file.Tensors[name].Shape; // [H, W, 3]
        return new RgbImage((int)shape[1], (int)shape[0], file.Bytes(name).ToArray());
    }

    public static RgbImage Decode(string name)
    {
        var file = File.ReadAllBytes(SharedFiles.Fixture("pixels/source/" + name));
        Assert.True(ImageDecoder.TryDecode(file, DecodeLimits.Default, out var image, out var fault), $"{name}: {fault}");
        return image!;
    }

    public static string Sha256(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
