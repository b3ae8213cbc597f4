mod peers;
mod rules;
fn main() -> anyhow::Result<()> {
    let records = rules::records(1000, 0);
    let cel = peers::Cel::new()?; let zen = peers::Zen::new()?; let cedar = peers::Cedar::new()?;
    let mut vm = zen_expression::vm::VM::new();
    let mut n = [0;21];
    for r in &records { let h = rules::by_hand(r); n[h.failed.count_ones() as usize]+=1;
      assert_eq!(h.failed, cel.failed(&cel.context(r)?)?); assert_eq!(h.failed, zen.failed(&peers::Zen::context(r)?, &mut vm)?, "{:?}", rules::zen()); assert_eq!(h.failed, cedar.failed(&cedar.request(r)?)?); }
    println!("{n:?}"); Ok(())
}
