using System.Runtime.Intrinsics.X86;

namespace ClipSharp.Torch.Tests;

public sealed class PrecisionTests
{
    [Fact]
    public void Auto_is_float32_where_this_process_may_not_use_the_processors_bfloat16()
    {
        Assert.SkipWhen(Avx512F.IsSupported, "This process may use vectors of 512 bits: run it as a plain processor.");
        Assert.Equal("fp32", Precision.Parse("auto").Name);
    }
}
