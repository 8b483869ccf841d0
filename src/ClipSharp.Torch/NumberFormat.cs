namespace ClipSharp.Torch;

/// <summary>The number format in which towers compute. <see cref="Precision"/> spells them.</summary>
public enum NumberFormat
{
    /// <summary>"auto": bfloat16 where the device multiplies it in hardware, else float32.</summary>
    Auto,

    /// <summary>"fp32": everything float32.</summary>
    Fp32,

    /// <summary>"bf16": products in bfloat16, weights in float32.</summary>
    Bf16,

    /// <summary>"fp16": products in half precision, weights in float32, the loss scaled.</summary>
    Fp16,

    /// <summary>"pure_bf16": products and matrices in bfloat16.</summary>
    PureBf16,
}
