"""What children are called for short. The bench's own list, so that it does not only ask what the product knows."""

from __future__ import annotations

_LINES = """
Abigail Abi Abby Gail; Adam Ad; Aisha Aish; Albert Bertie Al Bert; Alexander Alex Xander Sandy Lex; Alexandra Alex Lexi Sandra
Alfie Alf; Alfred Alfie Fred; Alice Ali; Alistair Al Ali; Amelia Millie Amy Mia Milly; Andrew Andy Drew; Angela Angie
Annabel Bella Anna; Annabelle Bella Anna; Anthony Tony Ant; Antonia Toni; Archie Arch; Archibald Archie; Arthur Art Artie
Aurora Rory; Beatrice Bea Trixie; Benjamin Ben Benji Benny; Bethany Beth; Bradley Brad; Bridget Bridie; Cameron Cam
Caroline Carrie Caz; Cassandra Cass Cassie; Catherine Cathy Kate Katie Kitty Cath; Catrin Cat; Charles Charlie Chaz Chuck
Charlotte Lottie Charlie Char; Christina Tina Chris Chrissie; Christopher Chris Kit Topher; Clementine Clemmie; Constance Connie
Daniel Dan Danny; Danielle Dani Elle; David Dave Davey Dai; Deborah Debbie Deb; Dominic Dom; Dorothy Dot Dottie Dolly
Edith Edie; Edward Ed Eddie Ted Teddy Ned; Edwin Ed Eddie; Eleanor Ellie Nell Nora Ella; Elijah Eli; Elizabeth Lizzie Beth Liz Eliza Libby Betty Betsy Lily
Emily Em Emmy Millie; Emma Em; Emmanuel Manny Emma; Evelyn Evie Eve; Ezekiel Zeke; Ezra Ez; Felicity Fliss Flick; Finley Fin Finn; Florence Flo Florrie Flossie
Francesca Fran Frankie Chess; Francis Frank Frankie; Frederick Fred Freddie Freddy; Gabriel Gabe; Gabriella Gabby Ella Bella
Genevieve Gen Evie; Geoffrey Geoff Jeff; George Georgie; Georgia Georgie; Georgina Georgie Gina; Grace Gracie; Gregory Greg
Harriet Hattie Harri; Harrison Harry; Harry Haz; Harold Harry; Henry Harry Hal; Imogen Immy Immie; Isaac Ike Zac; Isabel Izzy Bella Belle; Isabella Bella Izzy Ella
Isabelle Izzy Belle Bella; Jack Jackie; Jackson Jack Jax; Jacob Jake Jay; Jakub Kuba; James Jim Jimmy Jamie Jem; Jayden Jay; Jennifer Jenny Jen; Jessica Jess Jessie
Joanna Jo Joanne; John Johnny Jack Jon; Jonathan Jon Jonny Nathan; Joseph Joe Joey; Josephine Josie Jo Jojo; Joshua Josh; Katherine Kate Katie Kathy Kit
Kathleen Kath Kathy; Katie Kate; Kenneth Ken Kenny; Kimberley Kim; Laurence Larry Laurie; Lawrence Larry Laurie; Leonard Leo Len Lenny; Leonardo Leo
Lewis Lew; Liam Lee; Lillian Lily Lil; Logan Lo; Lucas Luke Luca; Lucy Luce Lulu; Madeleine Maddie Maddy; Madison Maddie Maddy; Magdalena Magda Lena Maggie; Margaret Maggie Meg Peggy Daisy Greta
Maria Mia Mary; Martha Marty; Martin Marty; Mateusz Mati; Matilda Tilly Mattie; Matthew Matt Matty; Max Maxie; Maximilian Max; Megan Meg; Melissa Mel Lissa; Michael Mike Mikey Mick Micky
Michelle Shell Chelle; Millie Mil; Miriam Mim Miri; Mohammed Mo; Mohammad Mo; Muhammad Mo; Mohamed Mo; Mustafa Mus; Natalie Nat; Natasha Tasha Nat; Nathan Nate; Nathaniel Nate Nathan Nat; Nicholas Nick Nicky Nico
Nicole Nicky Nic; Oliver Ollie Olly; Olivia Liv Livvy Livi; Oluwaseun Seun; Oluwatobi Tobi; Oscar Ozzy; Oskar Oski; Ottilie Tilly Ottie; Pamela Pam; Patricia Pat Trish Tricia; Patrick Paddy Pat Rick
Penelope Penny Nell; Peter Pete; Philip Phil Pip; Phoebe Phebes Bee; Poppy Pop; Rachel Rach; Raphael Rafe Raf; Rebecca Becky Becca Bex; Reginald Reggie Reg; Reuben Rube Ruby; Richard Rich Rick Ricky Dick
Robert Rob Bob Bobby Robbie Bert; Ronald Ron Ronnie; Rosalind Rosie Ros; Rosemary Rosie Rose; Rose Rosie; Rupert Ru; Samantha Sam Sammy; Samuel Sam Sammy; Sarah Sally Sadie; Sebastian Seb Bas; Sienna Sie
Simon Si; Sophia Sophie Sophy; Sophie Soph; Stanley Stan; Stephanie Steph Stevie; Stephen Steve Stevie; Steven Steve Stevie; Susannah Sue Susie Zanna; Suleman Suli; Tabitha Tabby; Tamara Tammy; Temitope Temi Tope; Teodor Teo; Theodore Theo Teddy Ted
Thomas Tom Tommy; Timothy Tim Timmy; Tobias Toby; Toluwani Tolu; Valentina Val Tina; Victoria Vicky Tori Vic; Vincent Vinnie Vince; Violet Vi; Walter Wally Walt; Wilfred Wilf Wilfie Fred; William Will Bill Billy Liam Willie
Winifred Winnie Freddie; Zachary Zac Zach Zak; Zofia Zosia; Zuzanna Zuzia; Aleksandra Ola; Aleksander Olek Alek; Katarzyna Kasia; Małgorzata Gosia; Antoni Antek; Stanisław Staszek Stan; Jan Janek; Francesco Checco; José Pepe; Alejandro Alex Ale; Francisco Paco Fran
Abdirahman Abdi; Abdullahi Abdi; Abdulrahman Abdul Rahman; Ibrahim Ibby Ibs; Ismail Izzy; Yusuf Yus Joe; Zainab Zee Zainy; Khadija Khadi; Maryam Mari; Moshe Moish; Yaakov Yanky Kobi; Yehuda Yudi; Menachem Mendy; Avraham Avi; Rivka Riv Rivky; Chukwuemeka Emeka; Ayomide Ayo; Oluwadamilola Dami; Ifeoluwa Ife; Ioannis Yiannis; Konstantinos Kostas; Alexandru Alex; Ștefania Stefi; Gurpreet Gopi Preet; Jaspreet Jas; Manpreet Mani
"""

DIMINUTIVES: dict[str, tuple[str, ...]] = {
    name: tuple(short)
    for entry in _LINES.replace("\n", ";").split(";")
    if entry.strip()
    for name, *short in [entry.split()]
}
"""The short forms of a given name, the commonest first."""
