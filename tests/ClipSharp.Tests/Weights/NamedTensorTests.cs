using System.Runtime.InteropServices;
using ClipSharp.Weights;

namespace ClipSharp.Tests.Weights;

[Trait("Category", "Vectors")]
public sealed class NamedTensorTests
{
    public static TheoryData<TensorType, int> Lengths => new(
        from type in (TensorType[])[TensorType.F16, TensorType.BF16, TensorType.F32, TensorType.F64]
        from count in (int[])[0, 1, 1023, 1024, 1025, 5000]
        select (type, count));

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Numbers_of_every_format_become_float32_in_memory_that_is_there(TensorType type, int count)
    {
        var values = Enumerable.Range(0, count).Select(i => (i % 251) - 125f).ToArray(); // exact in 16 bits
        byte[] bytes = type switch
        {
            TensorType.F16 => [.. MemoryMarshal.AsBytes<Half>(values.Select(value => (Half)value).ToArray())],
            TensorType.BF16 =>
            [.. MemoryMarshal.AsBytes<ushort>(values.Select(value => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16))
                .ToArray())],
            TensorType.F64 => [.. MemoryMarshal.AsBytes<double>(values.Select(value => (double)value).ToArray())],
            _ => [.. MemoryMarshal.AsBytes<float>(values)],
        };
        var tensor = new NamedTensor("t", type, [count], bytes);
        var copied = new float[count];
        tensor.CopyFloatsTo(copied);
        Assert.Equal(values, copied);
        Assert.Equal(values, tensor.ReadFloats());
    }

    [Theory]
    [InlineData(TensorType.F16)]
    [InlineData(TensorType.BF16)]
    public void All_65536_patterns_of_16_bits_are_the_number_that_they_mean(TensorType type)
    {
        var patterns = Enumerable.Range(0, 1 << 16).Select(i => (ushort)i).ToArray();
        var floats = new NamedTensor("t", type, [1 << 16], MemoryMarshal.AsBytes<ushort>(patterns).ToArray()).ReadFloats();
        Assert.All(patterns, pattern => Assert.Equal(
            type == TensorType.F16
                ? (float)BitConverter.UInt16BitsToHalf(pattern)
                : BitConverter.UInt32BitsToSingle((uint)pattern << 16), floats[pattern]));
    }

    [Fact]
    public void Memory_of_another_length_and_numbers_that_are_no_floats_are_refused()
    {
        var half = new NamedTensor("h", TensorType.F16, [2], new byte[4]);
        Assert.Throws<ArgumentException>(() => half.CopyFloatsTo(new float[1]));
        Assert.Throws<ArgumentException>(() => half.CopyFloatsTo(new float[3]));
        Assert.Throws<ArgumentException>(() => new NamedTensor("d", TensorType.F64, [1], new byte[8]).CopyFloatsTo(new float[2]));
        Assert.Throws<ArgumentException>(() => half.CopyTo(new byte[3]));
        Assert.Throws<ArgumentException>(() => half.CopyTo(new byte[5]));
        Assert.Contains("no floats", Assert.Throws<ClipException>(
            () => new NamedTensor("i", TensorType.I64, [1], new byte[8]).ReadFloats()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_that_float16_does_not_hold_is_refused_and_infinity_stays()
    {
        static byte[] Half(params float[] values) =>
            [.. NumberFormats.Converted(new NamedTensor("t", TensorType.F32, [values.Length],
                MemoryMarshal.AsBytes<float>(values).ToArray()), TensorType.F16).Bytes().Span];
        Assert.Equal([0xff, 0x7b, 0x00, 0x7c, 0x00, 0xfc], Half(65504, float.PositiveInfinity, float.NegativeInfinity));
        var refusal = Assert.Throws<ClipException>(() => Half(1, -65520));
        Assert.Contains("too large for float16", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("-65520", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => NumberFormats.Converted(new NamedTensor("t", TensorType.F32, [1], new byte[4]), TensorType.I32).Bytes());
    }

    [Fact]
    public void What_no_array_holds_is_refused_before_it_is_read()
    {
        var large = new NamedTensor("large", TensorType.F16, [1L << 30], () => throw new InvalidOperationException("read"));
        Assert.Contains("too large", Assert.Throws<ClipException>(() => large.ReadFloats()).Message, StringComparison.Ordinal);
    }
}
