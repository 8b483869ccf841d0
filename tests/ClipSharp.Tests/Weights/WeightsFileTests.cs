using System.Text;
using ClipSharp.Weights;

namespace ClipSharp.Tests.Weights;

public sealed class WeightsFileTests
{
    [Fact]
    public void A_safetensors_file_is_known_by_its_first_bytes_and_read_lazily()
    {
        var path = SharedFiles.Fixture("vit-tiny/open_clip/open_clip_model.safetensors");
        using var plain = SafetensorsFile.Open(path);
        using var file = WeightsFile.Open(path);
        Assert.Equal(("safetensors", path), (file.Container, file.FilePath));
        Assert.Equal(plain.Tensors.Keys.Order(), file.Tensors.Keys.Order());
        var tensor = file.Tensors["visual.proj"];
        Assert.Equal(plain.ReadFloats("visual.proj"), tensor.ReadFloats());
        var copy = new byte[tensor.ByteLength];
        tensor.CopyTo(copy);
        Assert.Equal(plain.Bytes("visual.proj"), copy);
        Assert.Equal(plain.Bytes("visual.proj"), tensor.Bytes().Span);
        Assert.Throws<ArgumentException>(() => tensor.CopyTo(new byte[1]));
    }

    [Fact]
    public void A_closed_file_s_tensors_give_nothing()
    {
        var file = WeightsFile.Open(SharedFiles.Fixture("vit-tiny/open_clip/open_clip_model.safetensors"));
        var tensor = file.Tensors["visual.proj"];
        var view = tensor.Bytes();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => view.Span[0]);
        Assert.Throws<ObjectDisposedException>(() => tensor.Bytes().Span[0]);
        Assert.Throws<ObjectDisposedException>(() => tensor.CopyTo(new byte[tensor.ByteLength]));
    }

    [Theory]
    [InlineData("", "an empty file")]
    [InlineData("PK", "2 bytes")]
    [InlineData("version https://git-lfs.github.com/spec/v1\n", "pointer of git-lfs")]
    [InlineData("<!DOCTYPE html><html>", "a web page")]
    [InlineData("\x1f\x8b\x08\x00\x00\x00\x00\x00", "a gzip file")]
    [InlineData("\x80\x04\x95\x00\x00\x00\x00\x00\x00", "a bare pickle")]
    [InlineData("\x02\x00\x00\x00\x00\x00\x00\x01{}", "the bytes 0200000000000001")]
    [InlineData("\x01\x02\x03\x04\x05\x06\x07\x08\x09", "the bytes 0102030405060708")]
    public void Other_files_are_refused_by_what_they_are(string text, string found)
    {
        var refusal = Assert.Throws<ClipException>(() => WeightsFile.Parse(Encoding.Latin1.GetBytes(text), "other"));
        Assert.Contains(found, refusal.Message, StringComparison.Ordinal);
        Assert.Equal((ClipError.Data, "other, byte 0"), (refusal.Kind, refusal.Where));
    }

    [Fact]
    public void A_tar_file_is_refused_by_name()
    {
        var tar = new byte[1024];
        "ustar"u8.CopyTo(tar.AsSpan(257));
        Assert.Contains("a tar archive", Assert.Throws<ClipException>(() => WeightsFile.Parse(tar, "old.pt")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_absent_file_is_no_input() =>
        Assert.Equal(ClipError.NoInput, Assert.Throws<ClipException>(() => WeightsFile.Open("/nowhere/at/all")).Kind);
}
