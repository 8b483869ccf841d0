using System.Numerics;
using ClipSharp.Data.Index;
using Parquet.Data;
using Parquet.Schema;

namespace ClipSharp.Data.Parquet;

/// <summary>The values of a column by their rows. A null, and an entry of a list that is one, is no value.</summary>
internal static class ColumnValues
{
    /// <summary>Whether a type is one of whole numbers.</summary>
    public static bool IsWhole(Type type) => Type.GetTypeCode(type) is >= TypeCode.SByte and <= TypeCode.UInt64;

    /// <summary>The row of each value, in their order; the column's values stand before its nulls.</summary>
    /// <param name="data">The column.</param>
    /// <param name="field">Its place in the schema.</param>
    /// <param name="rows">Rows of the row group.</param>
    /// <param name="count">How many entries the column has, nulls included.</param>
    /// <exception cref="ParquetFault">It has other rows.</exception>
    public static List<int> RowsOf(RawColumnData data, DataField field, int rows, int count)
    {
        var defined = field.MaxDefinitionLevel > 0 ? data.DefinitionLevels : default;
        var repeated = field.MaxRepetitionLevel > 0 ? data.RepetitionLevels : default;
        var entries = field.MaxDefinitionLevel > 0 ? defined.Length : count;
        var (found, row) = (new List<int>(entries), -1);
        for (var i = 0; i < entries; i++)
        {
            row += repeated.IsEmpty || repeated[i] == 0 ? 1 : 0;
            if (defined.IsEmpty || defined[i] == field.MaxDefinitionLevel)
            {
                found.Add(row);
            }
        }

        return row + 1 == rows && found.Count <= count && (found.Count == 0 || found[0] >= 0) ? found
            : throw new ParquetFault(SkipReason.CorruptShard, $"it is damaged: rows of the column {field.Path} lack");
    }

    /// <summary>The texts of each row.</summary>
    public static List<string>[] Texts(RawColumnData data, DataField field, int rows)
    {
        var values = ((RawColumnData<ReadOnlyMemory<char>>)data).Values;
        var found = new List<string>[rows];
        foreach (var (i, row) in RowsOf(data, field, rows, values.Length).Index())
        {
            (found[row] ??= []).Add(values[i].ToString());
        }

        return found;
    }

    /// <summary>The whole number of each row, −1 where there is none from 0 to 2³¹ − 1.</summary>
    public static int[] Numbers(RawColumnData data, DataField field, int rows)
    {
        var found = new int[rows];
        Array.Fill(found, -1);
        switch (data)
        {
            case RawColumnData<long> numbers: Take<long>(numbers.Values); break;
            case RawColumnData<int> numbers: Take<int>(numbers.Values); break;
            case RawColumnData<short> numbers: Take<short>(numbers.Values); break;
            case RawColumnData<sbyte> numbers: Take<sbyte>(numbers.Values); break;
            case RawColumnData<ulong> numbers: Take<ulong>(numbers.Values); break;
            case RawColumnData<uint> numbers: Take<uint>(numbers.Values); break;
            case RawColumnData<ushort> numbers: Take<ushort>(numbers.Values); break;
            case RawColumnData<byte> numbers: Take<byte>(numbers.Values); break;
        }

        return found;

        void Take<T>(ReadOnlySpan<T> values)
            where T : IBinaryInteger<T>
        {
            foreach (var (i, row) in RowsOf(data, field, rows, values.Length).Index())
            {
                var value = long.CreateSaturating(values[i]);
                found[row] = value is >= 0 and <= int.MaxValue ? (int)value : -1;
            }
        }
    }
}
